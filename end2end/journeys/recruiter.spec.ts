import { expect, signIn, test } from '../support.ts';

// The first ten minutes of the README, as a recruiter meets them. The demo is shared by the four projects, so nothing here depends on being first.
test('a recruiter connects Greenhouse and sees what arrived', async ({ page, demo }) => {
  await signIn(page, demo);
  await page.goto('/integrations/connect/greenhouse');
  await page.getByLabel('Client ID').fill('demo-greenhouse-client');
  await page.getByLabel('Client secret').fill('demo-greenhouse-secret');
  await page.getByRole('button', { name: /Test and (re)?connect/ }).click();
  await expect(page).toHaveURL(/\/integrations\/[0-9a-f-]{36}/);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Greenhouse');
  await expect(async () => {
    await page.goto('/candidates');
    await expect(page.locator('table tbody tr a').first()).toBeVisible();
  }).toPass({ timeout: 20_000 });
  await page.locator('table tbody tr a').first().click();
  await expect(page.getByRole('heading', { name: 'Timeline' })).toBeVisible();
});
