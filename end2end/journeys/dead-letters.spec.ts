import type { Page } from '@playwright/test';
import type { Demo } from '../demo.ts';
import { connectGreenhouse, demoCredentials, eventually } from '../hiring.ts';
import { expect, fitForAll, test } from '../support.ts';

/** Reads the simulator as a program with the demo's credentials would. */
async function departments(demo: Demo, credentials: { id: string; secret: string }): Promise<number[]> {
  const token = await fetch(`${demo.simulators}/greenhouse/token`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${credentials.id}:${credentials.secret}`).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: 'grant_type=client_credentials',
  });
  const { access_token } = (await token.json()) as { access_token: string };
  const answer = await fetch(`${demo.simulators}/greenhouse/v3/departments?per_page=10`, { headers: { authorization: `Bearer ${access_token}` } });
  return ((await answer.json()) as { id: number }[]).map(({ id }) => id);
}

/** Gives a department of the simulator a name that no department can have, or a proper one. */
async function rename(demo: Demo, id: number, name: unknown): Promise<void> {
  const answer = await fetch(`${demo.simulators}/_control/greenhouse/records/departments/${id}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name }),
  });
  expect(answer.status).toBe(200);
}

/** An organization of the journey's own: what goes wrong in it is nobody else's. */
async function signUp(page: Page): Promise<void> {
  await page.goto('/sign-up');
  await page.getByLabel('Organization').fill('Fabrikam');
  await page.getByLabel('Your name').fill('Alex Example');
  await page.getByLabel('E-mail address').fill(`alex-${test.info().workerIndex}@example.com`);
  await page.getByLabel('Password').fill('a password of some words');
  await page.getByRole('button', { name: 'Create the organization' }).click();
  await expect(page.getByRole('link', { name: 'Connect Greenhouse' })).toBeVisible();
}

test('what could not be taken is said with its reason, tried again, and discarded', async ({ page, demo }) => {
  test.setTimeout(180_000);
  await signUp(page);
  await page.getByRole('link', { name: 'Connect Greenhouse' }).click();
  const credentials = await demoCredentials(page);
  const [first, second, third] = await departments(demo, credentials);
  for (const id of [first!, second!, third!]) await rename(demo, id, 5);
  try {
    await connectGreenhouse(page);
    await page.goto('/dead-letters');
    const letters = page.getByRole('table', { name: 'Dead letters', exact: true });
    await eventually(page, async () => {
      await expect(letters.locator('tbody tr')).toHaveCount(3, { timeout: 500 });
    });
    await expect(page.getByRole('table', { name: 'Dead letters by reason' }).locator('tbody tr')).toHaveCount(1);
    await expect(letters).toContainText(`Department ${first} could not be taken`);
    await fitForAll(page);

    // Still as it was: it stays, and says why.
    await letters.getByRole('row').filter({ hasText: String(first) }).getByRole('button', { name: 'Try again' }).click();
    await expect(page.getByRole('alert')).toBeVisible();
    await expect(letters.locator('tbody tr')).toHaveCount(3);
    await fitForAll(page);

    await rename(demo, first!, 'Mended');
    await page.goto('/dead-letters');
    await letters.getByRole('row').filter({ hasText: String(first) }).getByRole('button', { name: 'Try again' }).click();
    await expect(page.locator('.flash')).toContainText('Tried again');
    await expect(letters.locator('tbody tr')).toHaveCount(2);

    await letters.getByRole('row').filter({ hasText: String(second) }).getByRole('button', { name: 'Discard' }).click();
    await expect(page.locator('.flash')).toContainText('Discarded');
    await expect(letters.locator('tbody tr')).toHaveCount(1);

    await page.getByLabel('What', { exact: true }).selectOption('record');
    await page.getByRole('button', { name: 'Show', exact: true }).click();
    await expect(page).toHaveURL(/source=record/);
    await page.getByRole('button', { name: 'Discard the chosen ones' }).first().click();
    const question = page.getByRole('dialog', { name: 'Discard the chosen ones?' });
    await expect(question).toBeVisible();
    await fitForAll(page);
    await question.getByRole('button', { name: 'Discard the chosen ones' }).click();
    await expect(page.getByRole('heading', { name: 'No dead letters' })).toBeVisible();
    await fitForAll(page);

    await page.goto('/activity');
    await expect(page.getByRole('table', { name: 'Activity' })).toContainText('dead_letter.discard');
  } finally {
    for (const id of [first!, second!, third!]) await rename(demo, id, 'Mended');
  }
});
