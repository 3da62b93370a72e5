import type { Browser, BrowserContext, Page } from '@playwright/test';
import type { Demo } from '../demo.ts';
import { expect, fitForAll, hasScript, signIn, signInByForm, test } from '../support.ts';

/** Somebody else, at another computer of the same kind. */
async function somebodyElse(browser: Browser, page: Page, demo: Demo): Promise<{ context: BrowserContext; other: Page }> {
  const context = await browser.newContext({
    baseURL: demo.url,
    viewport: page.viewportSize(),
    javaScriptEnabled: hasScript(),
    reducedMotion: 'reduce',
  });
  return { context, other: await context.newPage() };
}

/** A name that no other journey of this worker has. */
let made = 0;
const unique = (name: string) => `${name}-${test.info().workerIndex}-${(made += 1)}`;

test('a colleague is invited, joins, forgets the password and gets in again', async ({ page, demo, browser }) => {
  test.setTimeout(120_000);
  await signIn(page, demo);
  const email = `${unique('kim')}@example.com`;
  await page.goto('/settings/members');
  await fitForAll(page);
  await page.getByLabel('E-mail address').fill(email);
  await page.getByRole('combobox', { name: 'Role', exact: true }).selectOption('recruiter');
  await page.getByRole('button', { name: 'Invite', exact: true }).click();
  await expect(page.locator('.flash')).toContainText('The invitation is ready');
  const link = await page.locator('.callout .copyable code').innerText();
  await expect(page.getByRole('table', { name: 'Open invitations' })).toContainText(email);
  await fitForAll(page);

  const { context, other } = await somebodyElse(browser, page, demo);
  try {
    await other.goto(link);
    await expect(other.getByRole('heading', { level: 1, name: 'Join Northwind Talent' })).toBeVisible();
    await expect(other.getByLabel('E-mail address')).toHaveValue(email);
    await fitForAll(other);
    await other.getByLabel('Your name').fill('Kim Example');
    await other.getByLabel('Password').fill('three quiet words');
    await other.getByRole('button', { name: 'Join Northwind Talent' }).click();
    await expect(other).toHaveURL(`${demo.url}/`);
    const answer = await other.goto('/settings/keys');
    expect(answer?.status(), 'a recruiter makes no keys').toBe(403);
    await fitForAll(other);
    // An invitation works once.
    await other.context().clearCookies();
    expect((await other.goto(link))?.status()).toBe(404);
    await fitForAll(other);

    // The role, then a link for a new password.
    await page.goto('/settings/members');
    const row = page.getByRole('row').filter({ hasText: email });
    await row.getByRole('combobox').selectOption('interviewer');
    await row.getByRole('button', { name: 'Change' }).click();
    await expect(page.locator('.flash')).toContainText('The role is changed');
    await expect(row.getByRole('combobox')).toHaveValue('interviewer');
    await row.getByLabel('More actions for Kim Example').click();
    await row.getByRole('button', { name: 'Make a password reset link' }).click();
    await expect(page.locator('.flash')).toContainText('The reset link is ready');
    const reset = await page.locator('.callout .copyable code').innerText();

    await other.goto('/forgot-password');
    await expect(other.getByText('This server sends no mail')).toBeVisible();
    await fitForAll(other);
    await other.goto(reset);
    await fitForAll(other);
    await other.getByLabel('New password').fill('short');
    await other.getByLabel('New password').evaluate((field: HTMLInputElement) => field.removeAttribute('minlength'));
    await other.getByRole('button', { name: 'Set the password' }).click();
    await expect(other.getByText('Choose another password.')).toBeVisible();
    await other.getByLabel('New password').fill('four very quiet words');
    await other.getByRole('button', { name: 'Set the password' }).click();
    await expect(other.getByText('The new password is set')).toBeVisible();
    await signInByForm(other, { email, password: 'four very quiet words' });
    await other.goto('/settings/sessions');
    await expect(other.getByRole('table', { name: 'Your sessions' }).getByText('This one')).toHaveCount(1);
    await fitForAll(other);

    // Who is removed is out at once.
    await page.goto('/settings/members');
    await row.getByLabel('More actions for Kim Example').click();
    await row.getByRole('button', { name: 'Remove from the organization' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove Kim Example' }).click();
    await expect(page.locator('.flash')).toContainText('The member is removed');
    await other.goto('/jobs');
    await expect(other).toHaveURL(/\/sign-in/);
  } finally {
    await context.close();
  }
});

test('an invitation that was withdrawn leads nowhere', async ({ page, demo, browser }) => {
  await signIn(page, demo);
  const email = `${unique('sam')}@example.com`;
  await page.goto('/settings/members');
  await page.getByLabel('E-mail address').fill(email);
  await page.getByRole('button', { name: 'Invite', exact: true }).click();
  const link = await page.locator('.callout .copyable code').innerText();
  await page.getByRole('row').filter({ hasText: email }).getByRole('button', { name: 'Withdraw' }).click();
  await expect(page.locator('.flash')).toContainText('The invitation is withdrawn');
  const { context, other } = await somebodyElse(browser, page, demo);
  try {
    expect((await other.goto(link))?.status()).toBe(404);
    await expect(other.getByRole('link', { name: 'Sign in' })).toBeVisible();
  } finally {
    await context.close();
  }
});

test('a key is made, works for what it may, and stops when it is revoked', async ({ page, demo }) => {
  await signIn(page, demo);
  const name = unique('Careers page');
  await page.goto('/settings/keys');
  await fitForAll(page);
  await page.getByRole('button', { name: 'Make the key' }).click();
  if (hasScript()) await expect(page.getByLabel('Name', { exact: true })).toBeFocused();
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByRole('button', { name: 'Make the key' }).click();
  await expect(page.getByText('Choose at least one right')).toBeVisible();
  await fitForAll(page);
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('records:read', { exact: true }).check();
  await page.getByRole('button', { name: 'Make the key' }).click();
  await expect(page.locator('.flash')).toContainText('The key is made');
  const key = await page.locator('.callout .copyable code').innerText();
  await fitForAll(page);
  const status = async (path: string) => (await fetch(`${demo.url}${path}`, { headers: { authorization: `Bearer ${key}` } })).status;
  expect([await status('/api/v1/candidates?limit=1'), await status('/api/v1/integrations')]).toEqual([200, 403]);

  await page.goto('/settings/keys');
  await expect(page.getByText(key)).toHaveCount(0);
  const row = page.getByRole('row').filter({ hasText: name });
  await row.getByRole('button', { name: 'Revoke' }).click();
  await page.getByRole('dialog').getByRole('button', { name: `Revoke ${name}` }).click();
  await expect(page.locator('.flash')).toContainText('The key is revoked');
  expect(await status('/api/v1/candidates?limit=1')).toBe(401);
});

test('a new organization is created, and sees nothing of another', async ({ page, demo }) => {
  test.setTimeout(180_000);
  const email = `${unique('nova')}@example.com`;
  await page.goto('/sign-up');
  await fitForAll(page);
  await page.getByLabel('Organization').fill('Contoso Hiring');
  await page.getByLabel('Your name').fill('Nova Example');
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password').fill(email);
  await page.getByRole('button', { name: 'Create the organization' }).click();
  await expect(page.getByText('Choose another password.')).toBeVisible();
  await fitForAll(page);
  await page.getByLabel('Organization').fill('Contoso Hiring');
  await page.getByLabel('Your name').fill('Nova Example');
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password').fill('a password of some words');
  await page.getByRole('button', { name: 'Create the organization' }).click();
  await expect(page).toHaveURL(`${demo.url}/`);
  await fitForAll(page);
  // Every place says what it is for while it is empty.
  for (const path of ['/jobs', '/candidates', '/applications', '/interviews', '/integrations', '/webhooks', '/dead-letters', '/activity', '/alerts']) {
    const answer = await page.goto(path);
    expect(answer?.status(), path).toBe(200);
    await fitForAll(page);
  }
  await page.goto('/settings');
  await page.getByLabel('Name', { exact: true }).fill('Contoso People');
  const name = page.locator('form').filter({ has: page.getByLabel('Name', { exact: true }) });
  await name.getByRole('button', { name: 'Save' }).click();
  await expect(page.locator('.flash')).toContainText('The new name is saved');
  await fitForAll(page);

  await page.goto('/settings/profile');
  await fitForAll(page);
  await page.getByLabel('Time zone').selectOption('Europe/Paris');
  await page.locator('form').filter({ hasText: 'Time zone' }).getByRole('button', { name: 'Save' }).click();
  await expect(page.locator('.flash')).toContainText('Your profile is saved');
  await expect(page.getByLabel('Time zone')).toHaveValue('Europe/Paris');

  await page.locator('.me > summary').click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page).toHaveURL(/\/sign-in/);
  await fitForAll(page);
});

test('a wrong password is refused without saying whether the account exists', async ({ page, demo }) => {
  const said: string[] = [];
  for (const email of [`${unique('nobody')}@example.com`, demo.account.email]) {
    await page.goto('/sign-in');
    await page.getByLabel(/e-?mail/i).fill(email);
    await page.getByLabel(/password/i).fill('not the password');
    await page.getByRole('button', { name: 'Sign in' }).click();
    said.push(await page.getByRole('alert').innerText());
  }
  expect(said[0]).toContain('is not right');
  expect(said[1]).toBe(said[0]);
  await fitForAll(page);
});
