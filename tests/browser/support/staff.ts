// What staff do through the API to prepare a test; what a test is about is done through pages.
import { request } from '@playwright/test';
import { baseUrl, sessionFile } from './world';

export type Invitation = { link: string; code: string };

/** A new link and code for a visit, read from the outbox once they are there. */
export async function freshInvitation(visit: string): Promise<Invitation> {
  const staff = await request.newContext({ baseURL: baseUrl, storageState: sessionFile('staff'), extraHTTPHeaders: { origin: baseUrl } });
  try {
    const before = new Set((await messagesOf(staff, visit)).map(({ id }) => id));
    const sent = await staff.post(`/api/visits/${visit}/send-code-again`, { data: {} });
    if (!sent.ok()) throw new Error(`no new code: ${sent.status()} ${await sent.text()}`);
    for (let tries = 0; tries < 50; tries += 1) {
      const fresh = (await messagesOf(staff, visit)).filter(({ id }) => !before.has(id));
      const link = fresh.find(({ channel }) => channel === 'sms')?.link;
      const code = sixDigits(fresh.find(({ channel }) => channel === 'voice')?.text ?? '');
      if (link && code) return { link, code };
      await new Promise((done) => setTimeout(done, 100));
    }
    throw new Error('the outbox never showed a new link and code');
  } finally {
    await staff.dispose();
  }
}

type Message = { id: string; channel: 'sms' | 'voice'; visit: string | null; text: string; link: string | null };
async function messagesOf(staff: Awaited<ReturnType<typeof request.newContext>>, visit: string): Promise<Message[]> {
  const all = (await (await staff.get('/api/messages')).json()) as Message[];
  return all.filter((one) => one.visit === visit);
}

const sixDigits = (text: string): string | undefined => /(?:\d[ ,.-]*){6}/.exec(text)?.[0].replace(/\D/g, '');
