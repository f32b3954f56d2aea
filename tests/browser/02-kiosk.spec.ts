import { expect } from '@playwright/test';
import { Kiosk } from './pages/kiosk';
import { demo } from './support/world';
import { test } from './support/story';

test.describe.configure({ mode: 'serial' });
let kiosk: Kiosk;
test.beforeAll(async () => void (kiosk = await Kiosk.open()));
test.afterAll(() => kiosk.context.close());

test('a screen without a key asks staff for a code and refuses a wrong one', async () => {
  await kiosk.shows('Preparar este quiosco');
  await kiosk.looksRight('0-enrol');
  await kiosk.enrol('0000-0000');
  await expect(kiosk.page.getByText(/Ese código no sirve/)).toBeVisible();
  await kiosk.looksRight('0-enrol-wrong');
});

test('the code enrols it, and the key stays after a restart of the browser', async () => {
  await kiosk.enrol(demo.kiosk.enrolment_code);
  await kiosk.shows(/Elija su lengua/);
  await kiosk.looksRight('1-language');
  await kiosk.context.close();
  kiosk = await Kiosk.open();
  await kiosk.shows(/Elija su lengua/);
});

test('a wrong number says so and shows nothing of any visit', async () => {
  await kiosk.toCode();
  await kiosk.looksRight('2-code');
  await kiosk.write('000000');
  await expect(kiosk.page.getByRole('alert')).toContainText('Ese número no funciona');
  await kiosk.looksRight('2-code-wrong');
});
