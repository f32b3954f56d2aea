// What staff do through the API to prepare a test; what a test is about is done through pages.
import { request } from '@playwright/test';
import { baseUrl, sessionFile } from './world';

export type Invitation = { link: string; code: string };

const asStaff = () => request.newContext({ baseURL: baseUrl, storageState: sessionFile('staff'), extraHTTPHeaders: { origin: baseUrl } });

/** The same visit once more, so many minutes from now: its invitation. */
export async function bookedAgain(visit: string, inMinutes: number): Promise<Invitation> {
  const staff = await asStaff();
  try {
    const before = (await (await staff.get(`/api/visits/${visit}`)).json()) as { case: { id: string }; kiosk: { id: string }; zone: string };
    const file = (await (await staff.get(`/api/cases/${before.case.id}`)).json()) as { contacts: { id: string }[] };
    const start = new Date(Date.now() + inMinutes * 60_000).toLocaleString('sv-SE', { timeZone: before.zone }).slice(0, 16).replace(' ', 'T');
    const wanted = { case: before.case.id, type: 'family', contact: file.contacts[0]?.id, kiosk: before.kiosk.id, official: null, local_start: `${start}:00`, duration_min: 30 };
    const booked = await staff.post('/api/visits', { data: wanted });
    if (!booked.ok()) throw new Error(`not booked: ${booked.status()} ${await booked.text()}`);
    return await invitationIn(staff, ((await booked.json()) as { id: string }).id, new Set());
  } finally {
    await staff.dispose();
  }
}

/** A new link and code for a visit, read from the outbox once they are there. */
export async function freshInvitation(visit: string): Promise<Invitation> {
  const staff = await asStaff();
  try {
    const before = new Set((await messagesOf(staff, visit)).map(({ id }) => id));
    const sent = await staff.post(`/api/visits/${visit}/send-code-again`, { data: {} });
    if (!sent.ok()) throw new Error(`no new code: ${sent.status()} ${await sent.text()}`);
    return await invitationIn(staff, visit, before);
  } finally {
    await staff.dispose();
  }
}

type Staff = Awaited<ReturnType<typeof request.newContext>>;
/** From the outbox, once both messages are there. */
async function invitationIn(staff: Staff, visit: string, before: Set<string>): Promise<Invitation> {
  for (let tries = 0; tries < 50; tries += 1) {
    const fresh = (await messagesOf(staff, visit)).filter(({ id }) => !before.has(id));
    const link = fresh.find(({ channel }) => channel === 'sms')?.link;
    const code = sixDigits(fresh.find(({ channel }) => channel === 'voice')?.text ?? '');
    if (link && code) return { link, code };
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error('the outbox never showed a new link and code');
}

type Message = { id: string; channel: 'sms' | 'voice'; visit: string | null; text: string; link: string | null };
async function messagesOf(staff: Staff, visit: string): Promise<Message[]> {
  const all = (await (await staff.get('/api/messages')).json()) as Message[];
  return all.filter((one) => one.visit === visit);
}

const sixDigits = (text: string): string | undefined => /(?:\d[ ,.-]*){6}/.exec(text)?.[0].replace(/\D/g, '');
