import type { Page } from '@playwright/test';
import type { Demo } from './demo.ts';
import { expect, fitForAll, hasScript, signIn } from './support.ts';

/** The figure with this name: "Candidates". */
export const figure = (page: Page, name: string) => page.locator('.stat', { hasText: name }).locator('.stat-value');

/** The credentials that the page which connects Greenhouse shows in the demo. */
export async function demoCredentials(page: Page): Promise<{ id: string; secret: string }> {
  const shown = page.locator('.callout', { hasText: 'This is the demo' }).locator('code');
  await expect(shown).toHaveCount(2);
  const [id, secret] = await shown.allInnerTexts();
  return { id: id!, secret: secret! };
}

/** Connects Greenhouse with the credentials that the page shows, unless an earlier journey has. Ends on the connection's page. */
export async function connectGreenhouse(page: Page): Promise<void> {
  await page.goto('/');
  const first = page.getByRole('link', { name: 'Connect Greenhouse' });
  if ((await first.count()) === 0) {
    await page.goto('/integrations');
    await page.getByRole('link', { name: 'Greenhouse', exact: true }).click();
    return;
  }
  await fitForAll(page);
  await first.click();
  const { id, secret } = await demoCredentials(page);
  await page.getByLabel(/client id/i).fill(id);
  await page.getByLabel(/client secret/i).fill(secret);
  await fitForAll(page);
  await page.getByRole('button', { name: 'Test and connect Greenhouse' }).click();
}

/** The records are here: a page with a script follows the sync and loads itself again, one without is loaded by the reader. */
export async function recordsArrive(page: Page): Promise<void> {
  await expect(page).toHaveURL(/\/integrations\/[0-9a-f-]{36}/);
  await expect(page.getByRole('heading', { level: 1, name: 'Greenhouse' })).toBeVisible();
  await expect(async () => {
    if (!hasScript()) await page.reload();
    await expect(page.getByText('Under way')).toHaveCount(0, { timeout: 1_000 });
    await expect(figure(page, 'Candidates')).not.toHaveText('0', { timeout: 1_000 });
  }).toPass({ timeout: 60_000 });
}

/** Signed in as the demo's account, with Greenhouse connected and its records read. */
export async function begin(page: Page, demo: Demo): Promise<void> {
  await signIn(page, demo);
  await connectGreenhouse(page);
  await recordsArrive(page);
}

/** Loads the page again until what is expected is there: for what happens behind the scenes. */
export async function eventually(page: Page, expected: () => Promise<void>): Promise<void> {
  await expect(async () => {
    await page.reload();
    await expected();
  }).toPass({ timeout: 30_000, intervals: [200, 500, 1_000] });
}
