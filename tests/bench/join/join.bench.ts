// From the link to the other's face: a relative joins again and again through the real server, on loopback.
import { expect, test } from '@playwright/test';
import { Desk } from '../../browser/pages/desk';
import { Join } from '../../browser/pages/join';
import { Kiosk } from '../../browser/pages/kiosk';
import { launchWith } from '../../browser/support/browsers';
import { freshInvitation } from '../../browser/support/staff';
import { baseUrl, demo } from '../../browser/support/world';
import { bareLoopback, keepTimes, timesOf, type Times } from './clock';
import { tell } from './tell';

/** The first one pays for caches that a server and a browser of the day have long filled. */
const WARM_UP = 1;
const JOINS = Number(process.env.BENCH_JOINS ?? 12);
const PERSON = 'Persona de prueba 14';
const RELATIVE = 'Familiar de prueba 3';
const PATIENCE_MS = 60_000;

test.setTimeout((WARM_UP + JOINS + 2) * PATIENCE_MS);

test('link to first frame', async () => {
  const [phones, desks] = await Promise.all([launchWith('relative'), launchWith('official')]);
  const [desk, kiosk] = await Promise.all([Desk.of(desks, 'staff'), Kiosk.open()]);
  await kioskWaits(kiosk, desk);
  await desk.admit(PERSON);
  await kiosk.isInCall();
  const joins: Parts[] = [];
  for (let number = 0; number < WARM_UP + JOINS; number += 1) {
    const { link, code } = await freshInvitation(demo.family_visit.id);
    const phone = await Join.on(phones);
    await keepTimes(phone.context);
    const parts = await join(phone, desk, link, code);
    // The same page without a visit: it may use the camera, and does not.
    await phone.page.goto(`${baseUrl}/v/${'A'.repeat(22)}`);
    const bare = await bareLoopback(phone.page);
    await phone.context.close();
    if (number >= WARM_UP) joins.push({ ...parts, bare });
    console.error(JSON.stringify({ number, ...parts, bare }));
  }
  for (const part of Object.keys(joins[0] ?? {}) as (keyof Parts)[]) tell(part, joins.map((one) => one[part]));
  await Promise.all([phones.close(), desks.close(), kiosk.context.close()]);
});

async function kioskWaits(kiosk: Kiosk, desk: Desk): Promise<void> {
  await kiosk.enrol(demo.kiosk.enrolment_code);
  await kiosk.toCode();
  await desk.go('today');
  const digits = await desk.page.getByRole('row').filter({ hasText: PERSON }).locator('.digits').innerText();
  await kiosk.write(digits.replace(/\D/g, ''));
  await kiosk.isWaiting();
}

/** Milliseconds in which nobody thinks or types. */
type Parts = { link_to_invitation: number; code_to_ready: number; enter_to_lobby: number; admission_to_first_frame: number; link_to_first_frame: number; bare: number };

async function join(phone: Join, desk: Desk, link: string, code: string): Promise<Omit<Parts, 'bare'>> {
  await phone.toCode(link);
  const opened = await timesOf(phone.page);
  await phone.write(code);
  await phone.shows('Todo listo para entrar');
  const ready = await timesOf(phone.page);
  await phone.press('Entrar');
  await phone.shows('Ya saben que usted está aquí');
  const waiting = await timesOf(phone.page);
  const admitted = await admit(desk);
  await expect.poll(async () => (await timesOf(phone.page)).firstFrame, { timeout: PATIENCE_MS, intervals: [50] }).not.toBeNull();
  const inside = await timesOf(phone.page);
  const parts = {
    link_to_invitation: at(opened, 'Le esperan en una videollamada') - opened.navigated,
    code_to_ready: at(ready, 'Todo listo para entrar') - ready.written,
    enter_to_lobby: at(waiting, 'Ya saben que usted está aquí') - waiting.pressed,
    admission_to_first_frame: (inside.firstFrame as number) - admitted,
  };
  const sum = Object.values(parts).reduce((total, one) => total + one, 0);
  return { ...parts, link_to_first_frame: sum };
}

const at = ({ headings }: Times, heading: string): number => {
  const found = headings[heading];
  if (found === undefined) throw new Error(`no heading ${heading} among ${Object.keys(headings).join(', ')}`);
  return found;
};

/** Presses the button without the test tool's own waiting, and tells when. */
async function admit(desk: Desk): Promise<number> {
  const button = desk.door(RELATIVE).locator('.d-side').filter({ hasText: RELATIVE }).getByRole('button', { name: 'Admitir', exact: true });
  await expect(button).toBeEnabled();
  return button.evaluate((element: HTMLElement) => {
    const now = performance.timeOrigin + performance.now();
    element.click();
    return now;
  });
}
