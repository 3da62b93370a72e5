import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { test as base, expect, type Page } from '@playwright/test';
import type { AxeResults } from 'axe-core';
import { Demo } from './demo.ts';

export { expect };

/**
 * Playwright's `test` with a demo server per worker. Pages resolve paths against it: `page.goto('/jobs')`.
 * A script error on any page fails the journey.
 */
export const test = base.extend<{ failOnPageErrors: void }, { demo: Demo }>({
  demo: [
    async ({}, use) => {
      const demo = await Demo.start();
      await use(demo);
      await demo.stop();
    },
    { scope: 'worker', timeout: 90_000 },
  ],
  baseURL: async ({ demo }, use) => {
    await use(demo.url);
  },
  failOnPageErrors: [
    async ({ page }, use) => {
      const errors: string[] = [];
      page.on('pageerror', (error) => errors.push(String(error)));
      page.on('console', (message) => {
        // A refused style or script (Content-Security-Policy) and a panic in the islands arrive here. A page that answers 404 or 422
        // on purpose arrives here as well, and is no fault of a script.
        if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) errors.push(message.text());
        // Leptos' loader: the server's compiler and the browser half's disagree on an island's name, or one half is out of date.
        if (message.text().startsWith('Could not find WASM function')) errors.push(message.text());
      });
      await use();
      expect(errors, 'errors in the browser').toEqual([]);
    },
    { auto: true },
  ],
});

/** Whether the running project has JavaScript switched on. */
export function hasScript(): boolean {
  return test.info().project.use.javaScriptEnabled !== false;
}

/** Signs the demo's sample account in: through the form the first time, with the same session from then on. */
export async function signIn(page: Page, demo: Demo): Promise<void> {
  const known = sessions.get(demo);
  if (known) {
    await page.context().addCookies(known);
    return;
  }
  await signInByForm(page, demo.account);
  sessions.set(demo, await page.context().cookies());
}

/** Signing in is slow on purpose (password hashing) and limited per address. */
const sessions = new WeakMap<Demo, Cookies>();
type Cookies = Parameters<ReturnType<Page['context']>['addCookies']>[0];

/** Signs in as a person does. */
export async function signInByForm(page: Page, account: { email: string; password: string }): Promise<void> {
  await page.goto('/sign-in');
  await page.getByLabel(/e-?mail/i).fill(account.email);
  await page.getByLabel(/password/i).fill(account.password);
  await page.getByRole('button', { name: /^sign in$/i }).click();
  await expect(page).not.toHaveURL(/\/sign-in/);
}

const axeSource = readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** No finding of axe on the page as it stands, WCAG 2.2 A and AA and axe's own best practices. */
export async function axeClean(page: Page): Promise<void> {
  const found = hasScript() ? await findings(page) : await findingsOfCopy(page);
  expect(found, `accessibility of ${page.url()}`).toEqual([]);
}

async function findings(page: Page, rules?: string[]): Promise<string[]> {
  // Evaluated by the debugger, so the page's policy does not stand in the way.
  await page.evaluate(await axeSource);
  const options = { resultTypes: ['violations'], ...(rules && { runOnly: rules }) };
  const results = (await page.evaluate(`axe.run(document, ${JSON.stringify(options)})`)) as AxeResults;
  return results.violations.map(
    ({ id, impact, help, nodes }) => `${id} (${impact}): ${help}\n  ${nodes.map((node) => node.target.join(' ')).join('\n  ')}`,
  );
}

/** The page that shows copies, and what it shows. One for the worker: a new one for every look would take longer than the looking. */
let copy: { page: Page; body: string } | undefined;

/** axe waits by timers, and a page without JavaScript has none: it looks at a copy, which gets the page's styles but none of its scripts. */
async function findingsOfCopy(page: Page): Promise<string[]> {
  if (!copy || copy.page.isClosed()) {
    const browser = page.context().browser();
    if (!browser) throw new Error('the page has no browser to open a copy in');
    const context = await browser.newContext({ viewport: page.viewportSize(), javaScriptEnabled: true, reducedMotion: 'reduce' });
    const made = { page: await context.newPage(), body: '' };
    await context.route('**/*', (route) => {
      const kind = route.request().resourceType();
      if (kind === 'document') return route.fulfill({ body: made.body, contentType: 'text/html; charset=utf-8' });
      return kind === 'script' ? route.abort() : route.continue();
    });
    copy = made;
  }
  copy.body = await page.content();
  // Another place in between: an address that differs in its fragment alone would not be loaded again.
  await copy.page.goto('about:blank');
  await copy.page.goto(page.url());
  return findings(copy.page);
}

/** Nothing sticks out sideways: a page scrolls down only. */
export async function fitsWidth(page: Page): Promise<void> {
  const { content, screen } = await page.evaluate(() => ({
    content: document.documentElement.scrollWidth,
    screen: document.documentElement.clientWidth,
  }));
  expect(content, `width of ${page.url()}`).toBeLessThanOrEqual(screen);
}

/** What every page has to be: no wider than the screen, and without a finding of axe in light and in dark. */
export async function fitForAll(page: Page): Promise<void> {
  await fitsWidth(page);
  await axeClean(page);
  if (!hasScript()) return;
  await page.emulateMedia({ colorScheme: 'dark' });
  expect(await findings(page, ['color-contrast']), `contrast of ${page.url()} in the dark`).toEqual([]);
  await page.emulateMedia({ colorScheme: 'light' });
}
