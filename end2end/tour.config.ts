import { defineConfig } from '@playwright/test';
import journeys from './playwright.config.ts';

// `npm run tour`: a picture of every page, in target/tour. It looks at nothing and fails only where a page does not answer.
export default defineConfig({
  ...journeys,
  testDir: 'tour',
  testMatch: 'tour.ts',
  timeout: 900_000,
  workers: 1,
  projects: [{ name: 'tour', use: { javaScriptEnabled: true } }],
});
