import { defineConfig } from '@playwright/test';
import { join } from 'node:path';
import { artifacts } from './support/world';

export default defineConfig({
  testDir: '.',
  outputDir: join(artifacts, 'failures'),
  globalSetup: './support/setup.ts',
  // One story told in order on two cores: every file goes on where the one before it stopped.
  workers: 1,
  fullyParallel: false,
  retries: 0,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: [['list'], ['json', { outputFile: process.env.BROWSER_RESULT ?? join(artifacts, 'playwright.json') }]],
});
