import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from '@playwright/test';
import type { Demo } from '../demo.ts';
import { demoCredentials } from '../hiring.ts';
import { Receiver } from '../receiver.ts';
import { expect, signInByForm, test } from '../support.ts';

const folder = path.resolve(import.meta.dirname, '../../target/tour');

/** `TOUR=webhooks,settings` visits only stops whose name contains one of the words; `TOUR_LOOKS=desktop-light` one look. */
const wanted = (process.env.TOUR ?? '').split(',').filter(Boolean);
const wantedLooks = (process.env.TOUR_LOOKS ?? '').split(',').filter(Boolean);

const looks = [
  { name: 'desktop-light', width: 1440, height: 900, theme: 'light' },
  { name: 'desktop-dark', width: 1440, height: 900, theme: 'dark' },
  { name: 'phone-light', width: 390, height: 844, theme: 'light' },
  { name: 'phone-dark', width: 390, height: 844, theme: 'dark' },
] as const;

interface Stop {
  name: string;
  path: string;
  /** What is opened or pressed before the picture is taken. */
  act?: (page: Page) => Promise<void>;
  /** Seen by somebody who is not signed in. */
  outside?: boolean;
}

/** A call of the API with the demo's key. */
async function api<T>(demo: Demo, path: string, body?: unknown): Promise<T> {
  const answer = await fetch(`${demo.url}/api/v1${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${demo.apiKey}`, 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() },
    body: body === undefined ? null : JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (answer.status === 204 ? undefined : await answer.json()) as T;
}

interface List<T> {
  data: T[];
}

/** What makes a page worth looking at: records, deliveries that arrived and that did not, a mapping, things that gave up. */
async function furnish(demo: Demo, page: Page, receiver: Receiver): Promise<Stop[]> {
  const control = `${demo.simulators}/_control/greenhouse`;
  const post = (path: string, body: unknown) =>
    fetch(`${control}${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  for (const id of [40_000_001, 40_000_002]) await post(`/records/departments/${id}`, { name: 5 });

  await page.goto('/integrations/connect/greenhouse');
  const { id, secret } = await demoCredentials(page);
  const greenhouse = await api<{ id: string }>(demo, '/integrations/greenhouse/connect', {
    credentials: { client_id: id, client_secret: secret, webhook_secret: 'demo-greenhouse-webhook-key' },
  });
  const runs = () => api<List<{ state: string }>>(demo, `/integrations/${greenhouse.id}/runs`);
  while (!['succeeded', 'partial'].includes((await runs()).data[0]?.state ?? '')) await sleep(300);

  const inbound = `${demo.url}/hooks/greenhouse/${greenhouse.id}`;
  for (const action of ['ping', 'candidate_stage_change', 'new_candidate_application', 'no_such_event']) await post('/webhook', { action, url: inbound });
  await post('/webhook', { action: 'candidate_stage_change', url: inbound, secret: 'another' });

  await api(demo, '/integrations/mapping', {
    provider: 'greenhouse',
    mappings: [
      { sourceField: 'company', targetField: 'company', transforms: ['trim'] },
      { sourceField: 'title', targetField: 'title', transforms: ['trim', { type: 'default', value: 'Not given' }] },
    ],
  });
  const all = await api<{ id: string }>(demo, '/integrations/webhooks', { name: 'Data warehouse', url: receiver.url, events: ['*'] });
  await api(demo, '/integrations/webhooks', { name: 'Careers page', url: receiver.url.replace('/hook', '/jobs'), events: ['job.created', 'job.opened'] });
  const broken = await api<{ id: string }>(demo, '/integrations/webhooks', {
    name: 'Old receiver',
    url: 'http://127.0.0.1:9/closed',
    events: ['application.stage_changed'],
    retry_attempts: 2,
  });
  type Application = { id: string; candidateId: string; jobId: string; stage: { id: string } | null; availableStages?: { id: string }[] };
  const applications = await api<List<Application>>(demo, '/applications?status=active&limit=30');
  const movable = applications.data.filter((one) => one.stage && (one.availableStages?.length ?? 0) > 1).slice(0, 3);
  for (const one of movable) {
    const next = one.availableStages!.find((stage) => stage.id !== one.stage!.id)!;
    await api(demo, `/applications/${one.id}/stage`, { stage_id: next.id });
  }
  await sleep(4_000);
  for (const [email, role] of [['kim@example.com', 'recruiter'], ['sam@example.com', 'interviewer']]) {
    await page.goto('/settings/members');
    await page.getByLabel('E-mail address').fill(email!);
    await page.getByRole('combobox', { name: 'Role', exact: true }).selectOption(role!);
    await page.getByRole('button', { name: 'Invite', exact: true }).click();
  }
  const invitation = await page.locator('.callout .copyable code').innerText();
  const logs = await api<List<{ id: string }>>(demo, `/integrations/webhooks/${all.id}/logs`);
  const some = movable[0]!;
  const here = `/integrations/${greenhouse.id}`;
  return [
    { name: '01-overview', path: '/' },
    { name: '02-jobs', path: '/jobs' },
    { name: '03-job', path: `/jobs/${some.jobId}` },
    { name: '04-candidates', path: '/candidates' },
    { name: '05-candidate', path: `/candidates/${some.candidateId}` },
    { name: '06-applications', path: '/applications' },
    { name: '07-board', path: `/applications?job=${some.jobId}` },
    { name: '08-board-menu', path: `/applications?job=${some.jobId}`, act: (page) => page.locator('.lane-card .menu > summary').first().click() },
    { name: '09-reject', path: `/applications/${some.id}/reject` },
    { name: '10-hire', path: `/applications/${some.id}/hire` },
    { name: '11-interviews', path: '/interviews' },
    { name: '12-search', path: '/search?q=an' },
    { name: '13-search-empty', path: '/search' },
    { name: '14-alerts', path: '/alerts' },
    { name: '20-integrations', path: '/integrations' },
    { name: '21-integrations-none', path: '/integrations?q=nothing-has-this-name' },
    { name: '22-connect', path: '/integrations/connect/greenhouse' },
    {
      name: '23-connect-refused',
      path: '/integrations/connect/greenhouse',
      act: async (page) => {
        await page.getByLabel(/client id/i).fill('wrong');
        await page.getByLabel(/client secret/i).fill('wrong');
        await page.getByRole('button', { name: /^Test and connect/ }).click();
        await page.getByRole('alert').waitFor();
      },
    },
    { name: '24-connect-planned', path: '/integrations/connect/lever' },
    { name: '25-integration', path: here },
    { name: '26-runs', path: `${here}/runs` },
    { name: '27-mapping', path: `${here}/mapping` },
    { name: '28-mapping-jobs', path: `${here}/mapping?object=job` },
    { name: '29-integration-activity', path: `${here}/activity` },
    { name: '29-integration-webhooks', path: `${here}/webhooks` },
    { name: '30-integration-settings', path: `${here}/settings` },
    { name: '31-disconnect', path: `${here}/settings`, act: (page) => page.getByRole('button', { name: 'Disconnect', exact: true }).click() },
    { name: '40-webhooks', path: '/webhooks' },
    { name: '41-webhook-new', path: '/webhooks/new' },
    { name: '42-webhook', path: `/webhooks/${all.id}` },
    { name: '43-webhook-attempt', path: `/webhooks/${all.id}?attempt=${logs.data[0]!.id}#attempt` },
    { name: '44-webhook-failing', path: `/webhooks/${broken.id}` },
    { name: '45-webhook-settings', path: `/webhooks/${all.id}/settings` },
    { name: '46-received', path: '/webhooks/received' },
    { name: '50-dead-letters', path: '/dead-letters' },
    { name: '51-activity', path: '/activity' },
    { name: '52-activity-checked', path: '/activity?check=1' },
    { name: '60-settings', path: '/settings' },
    { name: '61-members', path: '/settings/members' },
    { name: '62-keys', path: '/settings/keys' },
    { name: '63-profile', path: '/settings/profile' },
    { name: '64-sessions', path: '/settings/sessions' },
    { name: '65-my-menu', path: '/jobs', act: (page) => page.locator('.me > summary').click() },
    { name: '66-shortcuts', path: '/jobs', act: (page) => page.keyboard.press('?') },
    { name: '67-side-menu', path: '/jobs', act: async (page) => { if (page.viewportSize()!.width < 900) await page.getByLabel('Menu', { exact: true }).click(); } },
    { name: '68-not-found', path: '/nowhere' },
    { name: '69-no-such-job', path: '/jobs/00000000-0000-7000-8000-000000000000' },
    { name: '70-sign-in', path: '/sign-in', outside: true },
    {
      name: '71-sign-in-refused',
      path: '/sign-in',
      outside: true,
      act: async (page) => {
        await page.getByLabel(/e-?mail/i).fill('nobody@example.com');
        await page.getByLabel(/password/i).fill('not the password');
        await page.getByRole('button', { name: 'Sign in' }).click();
        await page.getByRole('alert').waitFor();
      },
    },
    { name: '72-sign-up', path: '/sign-up', outside: true },
    { name: '73-forgot-password', path: '/forgot-password', outside: true },
    { name: '74-invitation', path: new URL(invitation).pathname, outside: true },
    { name: '75-invitation-gone', path: '/invitations/nothing', outside: true },
    { name: '76-api-reference', path: '/docs/api', outside: true },
  ];
}

test('the tour', async ({ page, demo, browser }) => {
  await mkdir(folder, { recursive: true });
  const receiver = await Receiver.start();
  try {
    await signInByForm(page, demo.account);
    // What a new organization sees, before anything is connected.
    const empty: Stop[] = [
      ['overview', '/'], ['jobs', '/jobs'], ['candidates', '/candidates'], ['applications', '/applications'], ['interviews', '/interviews'],
      ['integrations', '/integrations'], ['webhooks', '/webhooks'], ['dead-letters', '/dead-letters'], ['activity', '/activity'],
    ].map(([name, path]) => ({ name: `00-empty-${name}`, path: path! }));
    const signedIn = await page.context().storageState();
    const visit = async (stops: Stop[]) => {
      for (const look of looks.filter(({ name }) => wantedLooks.length === 0 || wantedLooks.includes(name))) {
        for (const outside of [false, true]) {
          const context = await browser.newContext({
            baseURL: demo.url,
            viewport: { width: look.width, height: look.height },
            colorScheme: look.theme,
            reducedMotion: 'reduce',
            locale: 'en-GB',
            ...(outside ? {} : { storageState: signedIn }),
          });
          const page = await context.newPage();
          page.on('console', (message) => {
            if (message.type() === 'error') console.log(`    ${page.url()} says ${message.text()}`);
          });
          for (const stop of stops.filter((stop) => (stop.outside ?? false) === outside)) {
            if (wanted.length > 0 && !wanted.some((word) => stop.name.includes(word))) continue;
            const answer = await page.goto(stop.path);
            expect(answer!.status(), stop.path).toBeLessThan(500);
            if (stop.act && !outside) await page.locator('html[data-script]').waitFor();
            await stop.act?.(page);
            await page.waitForTimeout(150);
            const height = await page.evaluate(() => document.documentElement.scrollHeight);
            const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
            if (wide > 0) console.log(`    ${stop.name} ${look.name} is ${wide} px too wide`);
            await page.screenshot({ path: path.join(folder, `${stop.name}-${look.name}.png`), fullPage: height < 6_000 });
          }
          await context.close();
        }
      }
    };
    await visit(empty);
    await visit(await furnish(demo, page, receiver));
  } finally {
    await receiver.stop();
  }
});
