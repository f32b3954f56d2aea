// Redeems the one-time link of each official but the admin, whose first arrival is a test of its own.
import { request } from '@playwright/test';
import { mkdirSync } from 'node:fs';
import { baseUrl, kept, official, sessionFile, type Office } from './world';

export default async function setup(): Promise<void> {
  mkdirSync(kept, { recursive: true });
  for (const office of ['staff', 'consul', 'decider'] satisfies Office[]) {
    const context = await request.newContext({ baseURL: baseUrl, extraHTTPHeaders: { origin: baseUrl } });
    const token = new URL(official(office).sign_in_url).hash.replace('#demo=', '');
    const answer = await context.post('/api/auth/demo', { data: { token } });
    if (!answer.ok()) throw new Error(`${office} cannot sign in: ${answer.status()} ${await answer.text()}`);
    await context.storageState({ path: sessionFile(office) });
    await context.dispose();
  }
}
