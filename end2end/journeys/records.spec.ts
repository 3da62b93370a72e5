import type { Page } from '@playwright/test';
import type { Demo } from '../demo.ts';
import { axeClean, expect, fitsWidth, hasScript, signIn, test } from '../support.ts';

const figure = (page: Page, name: string) => page.locator('.stat', { hasText: name }).locator('.stat-value');

async function isFitForAll(page: Page): Promise<void> {
  await fitsWidth(page);
  await axeClean(page);
}

/** Connects Greenhouse with the credentials the page shows, unless an earlier journey has. */
async function connectGreenhouse(page: Page): Promise<void> {
  await page.goto('/');
  const first = page.getByRole('link', { name: 'Connect Greenhouse' });
  if ((await first.count()) === 0) {
    await page.goto('/integrations');
    await page.getByRole('link', { name: 'Greenhouse', exact: true }).click();
    return;
  }
  await isFitForAll(page);
  await first.click();
  const hint = await page.getByText(/Enter the client id/).innerText();
  const found = /client id (\S+) and the client secret (\S+?)\.?$/.exec(hint.trim());
  expect(found, hint).not.toBeNull();
  await page.getByLabel(/client id/i).fill(found![1]!);
  await page.getByLabel(/client secret/i).fill(found![2]!);
  await isFitForAll(page);
  await page.getByRole('button', { name: 'Test and connect Greenhouse' }).click();
}

/** The records are here: a page with a script follows the sync and loads itself again, one without is loaded by the reader. */
async function recordsArrive(page: Page): Promise<void> {
  await expect(page).toHaveURL(/\/integrations\/[0-9a-f-]{36}/);
  await expect(page.getByRole('heading', { level: 1, name: 'Greenhouse' })).toBeVisible();
  await expect(async () => {
    if (!hasScript()) await page.reload();
    await expect(page.getByText('Under way')).toHaveCount(0, { timeout: 1_000 });
    await expect(figure(page, 'Candidates')).not.toHaveText('0', { timeout: 1_000 });
  }).toPass({ timeout: 60_000 });
}

async function start(page: Page, demo: Demo): Promise<void> {
  test.skip(!hasScript(), 'the forms without a script are posted by the tests of the API');
  await signIn(page, demo);
  await connectGreenhouse(page);
  await recordsArrive(page);
}

test('Greenhouse is connected, its records arrive, and a candidate has one timeline', async ({ page, demo }) => {
  test.setTimeout(120_000);
  await start(page, demo);
  await isFitForAll(page);

  await page.goto('/');
  await expect(page.getByRole('heading', { name: 'Connections' })).toBeVisible();
  await isFitForAll(page);

  await page.goto('/applications?status=active');
  await page.locator('td.name a').first().click();
  await expect(page.getByRole('heading', { name: 'Timeline' })).toBeVisible();
  const entries = page.locator('#timeline .event');
  await expect(entries.first()).toBeVisible();
  await expect(entries.first()).toContainText('Greenhouse');
  await isFitForAll(page);

  await page.locator('#timeline').getByRole('link', { name: 'Applications' }).click();
  await expect(page).toHaveURL(/show=applications/);
  await expect(entries.first()).toContainText(/applied|moved/i);
});

test('the records of every kind can be looked through', async ({ page, demo }) => {
  test.setTimeout(120_000);
  await start(page, demo);

  await page.goto('/jobs?status=open');
  const job = page.locator('td.name a').first();
  const title = await job.innerText();
  await job.click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(title);
  await isFitForAll(page);
  await page.getByRole('link', { name: 'Open the board' }).click();
  await expect(page.getByRole('region', { name: 'Board' })).toBeVisible();
  await isFitForAll(page);

  for (const path of ['/jobs', '/candidates', '/applications', '/interviews', '/dead-letters', '/activity', '/alerts', '/search?q=a']) {
    const answer = await page.goto(path);
    expect(answer?.status(), path).toBe(200);
    await expect(page.locator('h1')).toHaveCount(1);
    await isFitForAll(page);
  }
});
