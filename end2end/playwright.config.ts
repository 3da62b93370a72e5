import { defineConfig } from '@playwright/test';

// The browser of this machine. Without it Playwright takes the one that `npx playwright install chromium` downloads.
const executablePath = process.env.BROWSER_PATH || undefined;

const desktop = { width: 1280, height: 800 };
const phone = { width: 390, height: 844 };

// Each journey runs in four ways: every page works without JavaScript and on a narrow screen.
// A journey that makes sense in some of them only says `test.skip(...)` with the reason.
export default defineConfig({
  testDir: 'journeys',
  outputDir: 'test-results',
  // One demo per worker; a journey may change what the next one of its worker sees, so within a worker they take turns.
  workers: 2,
  fullyParallel: false,
  forbidOnly: true,
  retries: 0,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: [['list']],
  use: {
    actionTimeout: 15_000,
    screenshot: 'only-on-failure',
    trace: 'retain-on-failure',
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    // Colours are measured, so none may be on its way.
    contextOptions: { reducedMotion: 'reduce' },
    // Root in a container has no sandbox to give.
    launchOptions: { executablePath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] },
  },
  projects: [
    { name: 'script-desktop', use: { viewport: desktop, javaScriptEnabled: true } },
    { name: 'script-phone', use: { viewport: phone, javaScriptEnabled: true } },
    { name: 'plain-desktop', use: { viewport: desktop, javaScriptEnabled: false } },
    { name: 'plain-phone', use: { viewport: phone, javaScriptEnabled: false } },
  ],
});
