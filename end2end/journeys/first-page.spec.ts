import { axeClean, expect, fitsWidth, test } from '../support.ts';

test('the first page answers and says where the visitor is', async ({ page }) => {
  const answer = await page.goto('/');
  expect(answer?.status()).toBe(200);
  await expect(page.locator('h1')).toHaveCount(1);
  await fitsWidth(page);
  await axeClean(page);
});
