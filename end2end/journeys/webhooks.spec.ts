import type { Page } from '@playwright/test';
import { begin, eventually } from '../hiring.ts';
import { type Message, Receiver, isSigned } from '../receiver.ts';
import { expect, fitForAll, signIn, test } from '../support.ts';

const id = (message: Message) => message.headers['webhook-id'];
const log = (page: Page) => page.getByRole('table', { name: 'Tries' });

/** Subscribes the receiver to one event. Ends on the subscription's page, and gives back its secret. */
async function subscribe(page: Page, name: string, url: string, event: string): Promise<string> {
  await page.goto('/webhooks');
  await page.getByRole('link', { name: 'New webhook' }).first().click();
  await expect(page.getByRole('heading', { level: 1, name: 'New webhook' })).toBeVisible();
  await fitForAll(page);
  await page.getByLabel('Address').fill(url);
  await page.getByLabel(/^Name/).fill(name);
  await page.getByLabel(event, { exact: true }).check();
  await page.getByRole('button', { name: 'Create webhook' }).click();
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
  await expect(page.getByText('Copy the secret now')).toBeVisible();
  const secret = await page.locator('.callout .copyable code').innerText();
  expect(secret).toMatch(/^whsec_/);
  await fitForAll(page);
  return secret;
}

test('a changed stage leaves as a signed webhook, is in the log, and is sent again', async ({ page, demo }) => {
  test.setTimeout(180_000);
  await begin(page, demo);
  const receiver = await Receiver.start();
  try {
    const secret = await subscribe(page, 'Stages', receiver.url, 'application.stage_changed');
    const address = new URL(page.url()).pathname;

    // The secret is shown once.
    await page.goto(address);
    await expect(page.getByText('Copy the secret now')).toHaveCount(0);

    await page.goto('/applications?status=active');
    await page.locator('td.name a').first().click();
    const decide = page.locator('.decide').first();
    const stage = (await decide.getByRole('combobox').locator('option:checked').innerText()).trim();
    await decide.getByRole('button', { name: 'Move' }).click();
    await expect(page.locator('.flash')).toContainText(/Moved|On its way/);
    await eventually(page, async () => {
      await expect(page.locator('.dossier').first()).toContainText(stage, { timeout: 500 });
      await expect(page.locator('#timeline .event').first()).toContainText(stage, { timeout: 500 });
    });
    const candidate = new URL(page.url()).pathname.split('/').pop();

    const [first] = await receiver.waitFor('application.stage_changed');
    expect(isSigned(first!, secret), 'the signature').toBe(true);
    expect(isSigned({ ...first!, body: Buffer.from(first!.body.toString().replace('stage', 'stagf')) }, secret), 'a changed body').toBe(false);
    const message = JSON.parse(first!.body.toString());
    expect(message.event).toBe('application.stage_changed');
    expect(message.data.candidateId).toBe(candidate);
    expect(message.data.stage.name).toBe(stage);

    await page.goto(address);
    await eventually(page, async () => {
      await expect(log(page).getByRole('row').filter({ hasText: 'application.stage_changed' })).toContainText('Delivered', { timeout: 500 });
    });
    await log(page).getByRole('link', { name: 'application.stage_changed' }).click();
    await expect(page.locator('#attempt-request')).toContainText(`webhook-signature: ${first!.headers['webhook-signature']}`);
    await expect(page.locator('#attempt-request')).toContainText('POST http://127.0.0.1');
    await expect(page.locator('#attempt-response')).toContainText('taken');
    await fitForAll(page);

    await page.locator('#attempt').getByRole('button', { name: 'Send again' }).click();
    await expect(page.locator('.flash')).toContainText('On its way again');
    const [, again] = await receiver.waitFor('application.stage_changed', 2);
    expect(id(again!)).toBe(id(first!));
    expect(again!.body.equals(first!.body), 'the same bytes').toBe(true);
    expect(isSigned(again!, secret), 'the signature of the second').toBe(true);
    await eventually(page, async () => {
      await expect(log(page).getByRole('link', { name: 'application.stage_changed' })).toHaveCount(2, { timeout: 500 });
    });

    await page.goto('/webhooks');
    await expect(page.getByRole('row').filter({ hasText: 'Stages' })).toContainText('100.0 %');
    await fitForAll(page);
  } finally {
    await receiver.stop();
  }
});

test('a receiver is tried, switched off and on, gets a new secret, and is let go', async ({ page, demo }) => {
  test.setTimeout(120_000);
  await signIn(page, demo);
  const receiver = await Receiver.start();
  try {
    const secret = await subscribe(page, 'Everything', receiver.url, 'Every event, also ones added later');
    const address = new URL(page.url()).pathname;

    await page.getByRole('button', { name: 'Send test event' }).click();
    await expect(page.locator('.flash')).toContainText('The test event was sent');
    await expect(page.locator('#attempt-request')).toContainText('webhook-signature: v1,');
    expect(isSigned(receiver.messages[0]!, secret), 'the signature').toBe(true);

    // What a receiver refuses is said, with its answer.
    receiver.status = 500;
    await page.getByRole('button', { name: 'Send test event' }).click();
    await expect(page.locator('#attempt-response')).toContainText('HTTP 500');
    await expect(page.locator('#attempt-response')).toContainText('not today');
    await fitForAll(page);
    receiver.status = 200;

    await page.getByRole('navigation', { name: 'Parts of Everything' }).getByRole('link', { name: 'Settings' }).click();
    await fitForAll(page);
    await page.getByLabel('Tries after the first').fill('3');
    await page.getByLabel('Only events whose content matches').fill('{"data.status": "active"}');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await expect(page.locator('.flash')).toContainText('Saved');
    await expect(page.getByLabel('Tries after the first')).toHaveValue('3');
    await expect(page.getByLabel('Only events whose content matches')).toHaveValue(/"data\.status": "active"/);

    await page.getByLabel('Only events whose content matches').fill('active');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await expect(page.getByText('This is not a filter')).toBeVisible();
    await fitForAll(page);

    await page.goto(`${address}/settings`);
    await page.getByRole('button', { name: 'Switch off' }).click();
    await expect(page.getByText('Switched off', { exact: true })).toBeVisible();
    await fitForAll(page);
    await page.getByRole('button', { name: 'Switch on' }).click();
    await expect(page.getByRole('button', { name: 'Send test event' })).toBeVisible();

    await page.goto(`${address}/signing`);
    await fitForAll(page);
    await page.getByRole('button', { name: 'Change the secret' }).click();
    await expect(page.getByText('Copy the secret now')).toBeVisible();
    const renewed = await page.locator('.callout .copyable code').innerText();
    expect(renewed).not.toBe(secret);
    const before = receiver.messages.length;
    await page.getByRole('button', { name: 'Send test event' }).click();
    await expect(page.locator('.flash')).toContainText('The test event was sent');
    const last = receiver.messages.at(-1)!;
    expect(receiver.messages.length).toBeGreaterThan(before);
    expect([isSigned(last, secret), isSigned(last, renewed)], 'both secrets sign for a day').toEqual([true, true]);

    await page.goto(`${address}/settings`);
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await expect(page.getByRole('dialog', { name: 'Delete Everything?' })).toBeVisible();
    await fitForAll(page);
    await page.getByRole('button', { name: 'Keep it' }).click();
    await expect(page.getByRole('dialog')).toHaveCount(0);
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByRole('button', { name: 'Delete webhook' }).click();
    await expect(page.locator('.flash')).toContainText('Deleted');
    await expect(page.getByText('Everything', { exact: true })).toHaveCount(0);
  } finally {
    await receiver.stop();
  }
});

test('an address that must not be called is refused beside its field', async ({ page, demo }) => {
  await signIn(page, demo);
  for (const address of ['https://10.0.0.1/hook', 'http://169.254.169.254/latest/meta-data', 'https://robin:secret@example.com/hook']) {
    await page.goto('/webhooks/new');
    await page.getByLabel('Address').fill(address);
    await page.getByLabel('application.created', { exact: true }).check();
    await page.getByRole('button', { name: 'Create webhook' }).click();
    await expect(page.getByText('This address cannot be used')).toBeVisible();
    await expect(page.getByLabel('Address')).toHaveAttribute('aria-invalid', 'true');
  }
  await fitForAll(page);
});
