import { expect, type Browser } from '@playwright/test';
import { Desk } from './pages/desk';
import { Join } from './pages/join';
import { Kiosk } from './pages/kiosk';
import { launchWith } from './support/browsers';
import { bookedAgain } from './support/staff';
import { demo } from './support/world';
import { test } from './support/story';

// What people see when it does not go straight on. Each state is free of axe violations and kept as a picture.
let phones: Browser;
let desks: Browser;
test.beforeAll(async () => {
  [phones, desks] = await Promise.all([launchWith('relative'), launchWith('official')]);
});
test.afterAll(() => Promise.all([phones.close(), desks.close()]));

test('a relative who comes early is told when, there and here, and the page goes on by itself', async () => {
  const { link, code } = await bookedAgain(demo.family_visit.id, 120);
  const join = await Join.on(phones);
  await join.toCode(link);
  await join.write(code);
  await join.shows('Todavía es temprano');
  await join.looksRight('3-early');
  await join.page.setViewportSize({ width: 740, height: 360 });
  await join.looksRight('3-early-landscape');
  await join.context.close();
});

test('without a signal the code stays good, and is taken when the signal is back', async () => {
  const { link, code } = await bookedAgain(demo.family_visit.id, 240);
  const join = await Join.on(phones);
  await join.toCode(link);
  await join.context.setOffline(true);
  await join.write(code);
  await expect(join.page.getByText('No hay señal ahora', { exact: false })).toBeVisible();
  await join.looksRight('2-code-no-signal');
  await join.context.setOffline(false);
  await join.write('');
  await join.write(code);
  await join.shows('Todavía es temprano');
  await join.context.close();
});

test('the screen of the site says in words and pictures what is the matter', async () => {
  const kiosk = await Kiosk.open();
  await kiosk.toCode();
  await kiosk.press('Ayuda');
  await kiosk.shows('Necesito ayuda');
  await kiosk.looksRight('7-help');
  await kiosk.press('Volver');
  await kiosk.page.route('**/api/kiosk/start', (route) =>
    route.fulfill({ status: 403, contentType: 'application/problem+json', body: JSON.stringify({ code: 'too_early', opens_at: new Date(Date.now() + 3_600_000).toISOString() }) }),
  );
  await kiosk.write('111111');
  await kiosk.shows('Todavía es temprano');
  await kiosk.looksRight('3-early');
  await kiosk.page.unroute('**/api/kiosk/start');
  await kiosk.press('Salir');
  await kiosk.shows(/Elija su lengua/);
  await kiosk.context.setOffline(true);
  await kiosk.shows('Ahora no hay conexión');
  await kiosk.looksRight('7-offline');
  await kiosk.context.setOffline(false);
  await kiosk.shows(/Elija su lengua/);
  await kiosk.page.setViewportSize({ width: 800, height: 1280 });
  await kiosk.looksRight('1-language-portrait');
  await kiosk.toCode();
  await kiosk.looksRight('2-code-portrait');
  await kiosk.context.close();
});

test('somebody who goes away from the screen is asked, and then it forgets them', async () => {
  const kiosk = await Kiosk.open();
  await kiosk.page.clock.install();
  await kiosk.page.reload();
  await kiosk.toCode();
  await kiosk.page.clock.runFor(61_000);
  await kiosk.shows('¿Sigue aquí?');
  await kiosk.looksRight('7-idle');
  await kiosk.page.clock.runFor(31_000);
  await kiosk.shows(/Elija su lengua/);
  await kiosk.context.close();
});

test('a session that ended at the desk keeps what was written', async () => {
  const desk = await Desk.of(desks, 'staff');
  await desk.go('cases/new');
  await desk.field('Nombres, como los dice').fill('Persona de prueba 22');
  await desk.page.context().clearCookies();
  await desk.choose(/al cuidado de alguien/, 'No');
  await desk.choose('¿Cuándo nació?', 'No se sabe');
  await desk.field('Lengua en que se siente bien').selectOption('mam');
  await desk.choose(/Teme a las autoridades/, 'No');
  await desk.press('Abrir la ficha');
  await desk.shows('Su sesión terminó');
  await desk.looksRight('session-ended');
  await expect(desk.field('Nombres, como los dice')).toHaveValue('Persona de prueba 22');
  await desk.page.context().close();
});

test('the desk says what is not there, what could not be done, and that it does not hear', async () => {
  const desk = await Desk.of(desks, 'staff');
  await desk.page.setViewportSize({ width: 1366, height: 768 });
  await desk.go('day?date=2031-02-03');
  await expect(desk.page.getByText('Ese día no hay visitas')).toBeVisible();
  await desk.looksRight('day-empty');
  await desk.go('cases');
  await desk.page.getByRole('searchbox').fill('zzzz');
  await expect(desk.page.getByText('Ninguna coincide', { exact: false })).toBeVisible();
  await desk.looksRight('people-none');
  await desk.page.getByRole('searchbox').fill('');
  const failed = { id: 'c8a5e8f0-0000-4000-8000-000000000000', state: 'failed', reason: 'not_readable', recipient: 'Autoridad de muestra', purpose: 'Comprobar el vínculo', basis: 'Norma de muestra 7', created_at: new Date().toISOString(), sha256: null, size_bytes: null };
  await desk.page.route('**/api/cases/*/exports', (route) => route.fulfill({ json: [failed, { ...failed, id: 'c8a5e8f0-0000-4000-8000-000000000001', state: 'preparing', reason: null }] }));
  await desk.link('Persona de prueba 21').click();
  await desk.link('Sacar el expediente').click();
  await expect(desk.page.getByText('No se pudo preparar')).toBeVisible();
  await desk.looksRight('export-failed');
  await desk.go('today');
  await desk.shows('Visitas de hoy');
  await desk.page.context().setOffline(true);
  await expect(desk.page.getByText('Se perdió el aviso en vivo', { exact: false })).toBeVisible({ timeout: 20_000 });
  await desk.looksRight('today-not-live');
  await desk.page.context().setOffline(false);
  await expect(desk.page.getByText('Se perdió el aviso en vivo', { exact: false })).toBeHidden({ timeout: 20_000 });
  await desk.page.context().close();
});

test('a consul sees their own day and the people who share with them, and is told why a visit may be gone', async () => {
  const desk = await Desk.of(desks, 'consul');
  await desk.go('today');
  await desk.shows('Visitas de hoy');
  await desk.looksRight('consul-today');
  await desk.go('day');
  await expect(desk.page.getByText('se quita de esta lista', { exact: false })).toBeVisible();
  await desk.looksRight('consul-day');
  await desk.go('cases');
  await desk.looksRight('consul-people');
  await desk.page.context().close();
});

test('each face speaks English, too', async () => {
  const desk = await Desk.of(desks, 'staff');
  await desk.go('account');
  await desk.press('English');
  await desk.shows('Your account');
  await desk.looksRight('en-account');
  const places = { today: 'Visits of today', cases: 'Persona de prueba 21', 'cases/new': 'Before anything else', outbox: 'I have read it out', day: 'Quiosco 1' };
  for (const [place, sign] of Object.entries(places)) {
    await desk.go(place);
    await expect(desk.page.getByText(sign).first()).toBeVisible();
    await desk.looksRight(`en-${place.replace('/', '-')}`);
  }
  await desk.go('account');
  await desk.press('Español');
  await desk.shows('Su cuenta');
  await desk.page.context().close();
});
