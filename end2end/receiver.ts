import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A webhook as it came. */
export interface Message {
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** A receiver of webhooks outside the program. */
export class Receiver {
  /** Everything that came, oldest first. */
  readonly messages: Message[] = [];
  /** What it answers. */
  status = 200;

  private constructor(private readonly server: Server) {}

  /** Listens on a free port of this machine. */
  static async start(): Promise<Receiver> {
    const server = createServer();
    const receiver = new Receiver(server);
    server.on('request', (request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        receiver.messages.push({ headers: request.headers, body: Buffer.concat(parts) });
        response.writeHead(receiver.status, { 'content-type': 'text/plain' }).end(receiver.status < 300 ? 'taken' : 'not today');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  /** Its address. */
  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/hook`;
  }

  /** The messages of an event, once there are this many. */
  async waitFor(event: string, count = 1, timeoutMs = 20_000): Promise<Message[]> {
    const end = Date.now() + timeoutMs;
    for (;;) {
      const found = this.messages.filter((message) => message.headers['x-webhook-event'] === event);
      if (found.length >= count) return found;
      if (Date.now() > end) throw new Error(`${found.length} of ${count} messages of ${event} came within ${timeoutMs} ms`);
      await sleep(50);
    }
  }

  /** Stops listening. */
  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/**
 * Whether a message was signed with the secret: Standard Webhooks 1.0.0, "Verifying webhook authenticity", with nothing of ours.
 * Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export function isSigned(message: Message, secret: string): boolean {
  const { headers, body } = message;
  const age = Math.abs(Date.now() / 1000 - Number(headers['webhook-timestamp']));
  if (!(age < 300)) return false;
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const signed = Buffer.concat([Buffer.from(`${headers['webhook-id']}.${headers['webhook-timestamp']}.`), body]);
  const expected = createHmac('sha256', key).update(signed).digest();
  return String(headers['webhook-signature'])
    .split(' ')
    .some((entry) => {
      const [version, signature] = entry.split(',');
      const given = Buffer.from(signature ?? '', 'base64');
      return version === 'v1' && given.length === expected.length && timingSafeEqual(given, expected);
    });
}
