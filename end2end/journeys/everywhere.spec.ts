import type { Page } from '@playwright/test';
import { begin } from '../hiring.ts';
import { expect, fitForAll, hasScript, signIn, test } from '../support.ts';

/** The address of the first link that leads below a place. */
async function firstBelow(page: Page, place: string): Promise<string> {
  await page.goto(place);
  const href = await page.locator(`main a[href^="${place}/"]`).first().getAttribute('href');
  expect(href, `a link below ${place}`).not.toBeNull();
  return href!;
}

test('every page has a title, one heading, and is fit for all', async ({ page, demo }) => {
  test.setTimeout(240_000);
  await begin(page, demo);
  const connection = new URL(page.url()).pathname;
  const job = await firstBelow(page, '/jobs');
  const candidate = await firstBelow(page, '/candidates');
  const paths = [
    '/',
    '/jobs',
    job,
    candidate,
    `${candidate}?show=applications`,
    '/integrations',
    '/integrations?category=calendar',
    '/integrations?q=nothing-has-this-name',
    '/integrations/connect/greenhouse',
    '/integrations/connect/lever',
    connection,
    `${connection}/runs`,
    `${connection}/mapping`,
    `${connection}/mapping?object=application`,
    `${connection}/webhooks`,
    `${connection}/activity`,
    `${connection}/settings`,
    '/webhooks',
    '/webhooks/new',
    '/webhooks/received',
    '/activity?outcome=failed',
    '/activity?check=1',
    '/settings',
    '/settings/members',
    '/settings/keys',
    '/settings/profile',
    '/settings/sessions',
    '/search',
    '/search?q=nothing-has-this-name',
  ];
  const titles = new Map<string, string>();
  for (const path of paths) {
    const answer = await page.goto(path);
    expect(answer?.status(), path).toBe(200);
    await expect(page.locator('h1'), path).toHaveCount(1);
    const title = await page.title();
    expect(title, path).toMatch(/^.+ · Hirewire$/);
    expect(title, path).not.toContain('<!');
    titles.set(path.split('?')[0]!, title);
    for (const text of await page.locator('textarea, option, title').allTextContents()) expect(text, path).not.toContain('<!');
    await fitForAll(page);
  }
  expect(new Set(titles.values()).size, [...titles].join('\n')).toBe(titles.size);
});

test('what is not there says so', async ({ page, demo }) => {
  await signIn(page, demo);
  const none = '00000000-0000-7000-8000-000000000000';
  for (const path of ['/nowhere', `/jobs/${none}`, `/candidates/${none}`, `/integrations/${none}`, `/webhooks/${none}`, '/integrations/connect/nothing']) {
    const answer = await page.goto(path);
    expect(answer?.status(), path).toBe(404);
    await expect(page.locator('h1'), path).toHaveCount(1);
    await fitForAll(page);
  }
});

test('everything is reached by keyboard', async ({ page, demo }) => {
  await signIn(page, demo);
  await page.goto('/webhooks');
  await page.keyboard.press('Tab');
  const skip = page.getByRole('link', { name: 'Skip to the content' });
  await expect(skip).toBeFocused();
  await expect(skip).toBeInViewport();
  await page.keyboard.press('Enter');
  await expect(page.locator('main')).toBeFocused();
  // Keys that are not the browser's own need a script.
  if (!hasScript()) return;

  await expect(page.locator('html')).toHaveAttribute('data-script', '');
  await page.keyboard.press('?');
  const list = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await expect(list).toBeVisible();
  await fitForAll(page);
  await page.keyboard.press('Escape');
  await expect(list).toBeHidden();

  await page.keyboard.press('g');
  await page.keyboard.press('i');
  await expect(page).toHaveURL(/\/integrations$/);
  await expect(page.locator('html')).toHaveAttribute('data-script', '');
  await page.keyboard.press('/');
  if ((page.viewportSize()?.width ?? 0) > 900) {
    await expect(page.getByRole('searchbox', { name: /^Search jobs/ })).toBeFocused();
    await page.keyboard.type('a');
    await page.keyboard.press('Enter');
  }
  await expect(page).toHaveURL(/\/search/);

  // A menu closes and gives the focus back.
  const menu = page.locator('.me > summary');
  await expect(page.locator('html')).toHaveAttribute('data-script', '');
  await menu.focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('button', { name: 'Sign out' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('button', { name: 'Sign out' })).toBeHidden();
  await expect(menu).toBeFocused();
});

test('the theme is kept from page to page', async ({ page, demo }) => {
  await signIn(page, demo);
  await page.goto('/');
  const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const light = await ground();
  await page.getByRole('button', { name: 'Dark theme' }).click();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  const dark = await ground();
  expect(dark).not.toBe(light);
  await page.goto('/jobs');
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  expect(await ground()).toBe(dark);
  await page.locator('.me > summary').click();
  await page.getByRole('group', { name: 'Theme' }).getByRole('button', { name: 'System' }).click();
  await expect(page.locator('html')).not.toHaveAttribute('data-theme');
});
