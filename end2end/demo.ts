import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

const root = path.resolve(import.meta.dirname, '..');
const binary = process.env.HIREWIRE_BINARY ?? path.join(root, 'target/debug/hirewire');
const startMs = 60_000;
const stopMs = 10_000;

/** What the demo prints about itself. */
interface Found {
  url: string;
  email: string;
  password: string;
  apiKey: string;
  simulators: string;
}

/** A demo server of the tests' own: its data in a temporary folder, its port given by the system. */
export class Demo {
  private constructor(
    /** Where it listens, without a slash at the end. */
    readonly url: string,
    /** The sample account. */
    readonly account: { email: string; password: string },
    /** A key for the API. */
    readonly apiKey: string,
    /** Where the simulators answer; `/_control` below it makes them fail on purpose. */
    readonly simulators: string,
    private readonly child: ChildProcess,
    private readonly folder: string,
    private readonly lines: string[],
  ) {}

  /** What the server has printed so far: for the message of a failing journey. */
  get log(): string {
    return this.lines.join('\n');
  }

  /** Starts it and waits for the lines it prints: address, sign-in, API key, simulators. */
  static async start(extra: Record<string, string> = {}): Promise<Demo> {
    const folder = await mkdtemp(path.join(tmpdir(), 'hirewire-demo-'));
    const words = [binary, 'demo', '--addr', '127.0.0.1:0', '--data-dir', folder];
    // The kernel stops the demo if this process is killed and cannot.
    if (existsSync('/usr/bin/setpriv')) words.unshift('/usr/bin/setpriv', '--pdeathsig', 'TERM', '--');
    const child = spawn(words[0]!, words.slice(1), {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        LEPTOS_OUTPUT_NAME: 'hirewire',
        LEPTOS_SITE_ROOT: path.join(root, 'target/site'),
        LEPTOS_SITE_PKG_DIR: 'pkg',
        ...process.env,
        ...extra,
      },
    });
    const lines: string[] = [];
    const found: Partial<Found> = {};
    const stop = async () => {
      child.kill('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    };
    try {
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`the demo did not print its address, sign-in, key and simulators within ${startMs} ms`)), startMs);
        child.once('error', reject);
        child.once('exit', (code, signal) => reject(new Error(`the demo ended with ${signal ?? code}`)));
        for (const stream of [child.stdout!, child.stderr!]) {
          createInterface({ input: stream }).on('line', (line) => {
            lines.push(line);
            read(line, found);
            if (found.url && found.email && found.password && found.apiKey && found.simulators) {
              clearTimeout(timer);
              resolve();
            }
          });
        }
      });
    } catch (error) {
      await stop();
      throw new Error(`${(error as Error).message}; it wrote:\n${lines.join('\n')}`);
    }
    const { url, email, password, apiKey, simulators } = found as Found;
    return new Demo(url, { email, password }, apiKey, simulators, child, folder, lines);
  }

  /** Stops it and removes its data. */
  async stop(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const ended = new Promise((resolve) => this.child.once('exit', resolve));
      this.child.kill('SIGTERM');
      const timer = setTimeout(() => this.child.kill('SIGKILL'), stopMs);
      await ended;
      clearTimeout(timer);
    }
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** The first of each kind counts: the demo prints the simulator's address too. */
function read(line: string, found: Partial<Found>): void {
  const address = /listening on (https?:\/\/\S+?)\/?$/i.exec(line.trim());
  if (address) found.url ??= address[1]!;
  const account = /sign in:\s*(\S+@\S+)\s*\/\s*(\S+)/i.exec(line);
  if (account) {
    found.email ??= account[1]!;
    found.password ??= account[2]!;
  }
  const key = /api key:\s*(hw_\S+)/i.exec(line);
  if (key) found.apiKey ??= key[1]!;
  const simulators = /simulators:\s*(https?:\/\/\S+)/i.exec(line);
  if (simulators) found.simulators ??= simulators[1]!;
}
