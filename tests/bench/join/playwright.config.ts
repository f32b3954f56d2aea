import { defineConfig } from '@playwright/test';
import { join } from 'node:path';
import { artifacts } from '../../browser/support/world';

export default defineConfig({
  testDir: '.',
  testMatch: '*.bench.ts',
  outputDir: join(artifacts, 'failures'),
  globalSetup: '../../browser/support/setup.ts',
  workers: 1,
  reporter: [['line']],
  expect: { timeout: 20_000 },
});
