import { begin, eventually } from '../hiring.ts';
import { expect, fitForAll, hasScript, test } from '../support.ts';

test('a field is mapped, tried on real records, saved, and used by the next sync', async ({ page, demo }) => {
  test.setTimeout(180_000);
  await begin(page, demo);
  const connection = new URL(page.url()).pathname;
  await page.getByRole('link', { name: 'Mapping', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Greenhouse' })).toBeVisible();
  await fitForAll(page);

  /** Shows what the lines do: by itself with a script, by a button without. */
  const tryLines = async () => {
    if (!hasScript()) await page.getByRole('button', { name: 'Try the lines' }).click();
  };
  const shown = page.locator('.mapping-try').first();
  await page.getByLabel('Source field, line 1').fill('last_name');
  await page.getByLabel('Target field, line 1').fill('company');
  await tryLines();
  await expect(shown.locator('.before')).not.toBeEmpty();
  const before = await shown.locator('.before').innerText();
  await page.getByLabel('Change 1, line 1').selectOption('uppercase');
  await tryLines();
  await expect(shown.locator('.after')).toHaveText(before.toUpperCase());
  await page.getByRole('button', { name: 'The next record' }).click();
  await expect(shown.locator('.before')).not.toHaveText(before);
  await expect(page.getByText(/Record 2 of \d+/)).toBeVisible();
  await fitForAll(page);

  // A change with settings, and one that is taken back.
  await page.getByRole('button', { name: 'Add a line' }).click();
  await page.getByLabel('Source field, line 2').fill('first_name');
  await page.getByLabel('Target field, line 2').fill('nonsense');
  await page.getByLabel('Change 1, line 2').selectOption('default');
  await tryLines();
  await page.getByLabel('Where there is none, use').fill('Nobody');
  await page.getByRole('button', { name: 'Save the mapping' }).click();
  await expect(page.getByText('Nothing was saved')).toBeVisible();
  await expect(page.getByLabel('Target field, line 2')).toHaveAttribute('aria-invalid', 'true');
  await expect(page.getByLabel('Target field, line 1')).toHaveValue('company');
  await fitForAll(page);
  await page.getByRole('button', { name: 'Remove line 2' }).click();
  await expect(page.getByLabel('Target field, line 2')).toHaveCount(0);

  if (hasScript()) await expect(page.getByText('Not saved yet: 1 added.')).toBeVisible();
  await page.getByLabel('Note').fill('Surnames in capitals');
  await page.getByRole('button', { name: 'Save the mapping' }).click();
  await expect(page.locator('.flash')).toContainText('Saved as version 1');
  await page.getByText('1 version', { exact: true }).click();
  await expect(page.locator('#versions')).toContainText('Surnames in capitals');
  await expect(page.locator('#versions')).toContainText('last_name → company (uppercase)');
  await fitForAll(page);

  await page.locator('.flash').getByRole('link', { name: 'Read everything again' }).click();
  await expect(page).toHaveURL(new RegExp(`${connection}/runs`));
  await page.getByRole('button', { name: 'Read everything again' }).click();
  await page.goto(`${connection}/runs`);
  await eventually(page, async () => {
    const newest = page.getByRole('table', { name: 'Sync runs' }).locator('tbody tr').first();
    await expect(newest).toContainText('everything', { timeout: 500 });
    await expect(newest).toContainText('Succeeded', { timeout: 500 });
  });
  await fitForAll(page);

  await page.goto('/candidates');
  await page.locator('td.name a').first().click();
  const surname = (await page.getByRole('heading', { level: 1 }).innerText()).split(' ').pop()!;
  await expect(page.locator('.page-title p')).toContainText(surname.toUpperCase());

  // The second version takes the line out, and the first comes back.
  await page.goto(`${connection}/mapping`);
  await page.getByRole('button', { name: 'Remove line 1' }).click();
  await page.getByRole('button', { name: 'Save the mapping' }).click();
  await expect(page.locator('.flash')).toContainText('Saved as version 2');
  await page.getByText('2 versions', { exact: true }).click();
  await page.getByRole('button', { name: 'Restore version 1' }).click();
  await expect(page.locator('.flash')).toContainText('Version 1 is back, as version 3');
  await expect(page.getByLabel('Source field, line 1')).toHaveValue('last_name');

  // Every kind of record has its own.
  await page.getByRole('navigation', { name: 'Kinds of records' }).getByRole('link', { name: 'Jobs' }).click();
  await expect(page.getByLabel('Source field, line 1')).toHaveValue('');
  await fitForAll(page);
});
