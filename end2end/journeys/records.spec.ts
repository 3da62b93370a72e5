import { begin } from '../hiring.ts';
import { expect, fitForAll, test } from '../support.ts';

test('Greenhouse is connected, its records arrive, and a candidate has one timeline', async ({ page, demo }) => {
  test.setTimeout(120_000);
  await begin(page, demo);
  await fitForAll(page);

  await page.goto('/');
  await expect(page.getByRole('heading', { name: 'Connections' })).toBeVisible();
  await fitForAll(page);

  await page.goto('/applications?status=active');
  await page.locator('td.name a').first().click();
  await expect(page.getByRole('heading', { name: 'Timeline' })).toBeVisible();
  const entries = page.locator('#timeline .event');
  await expect(entries.first()).toBeVisible();
  await expect(entries.first()).toContainText('Greenhouse');
  await fitForAll(page);

  await page.locator('#timeline').getByRole('link', { name: 'Applications' }).click();
  await expect(page).toHaveURL(/show=applications/);
  await expect(entries.first()).toContainText(/applied|moved/i);
});

test('the records of every kind can be looked through', async ({ page, demo }) => {
  test.setTimeout(120_000);
  await begin(page, demo);

  await page.goto('/jobs?status=open');
  const job = page.locator('td.name a').first();
  const title = await job.innerText();
  await job.click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(title);
  await fitForAll(page);
  await page.getByRole('link', { name: 'Open the board' }).click();
  await expect(page.getByRole('region', { name: 'Board' })).toBeVisible();
  await fitForAll(page);

  for (const path of ['/jobs', '/candidates', '/applications', '/interviews', '/dead-letters', '/activity', '/alerts', '/search?q=a']) {
    const answer = await page.goto(path);
    expect(answer?.status(), path).toBe(200);
    await expect(page.locator('h1')).toHaveCount(1);
    await fitForAll(page);
  }
});
