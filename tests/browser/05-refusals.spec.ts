import { expect, request, type Browser } from '@playwright/test';
import { Desk } from './pages/desk';
import { Join } from './pages/join';
import { launchAsking, launchWith, launchWithoutCamera } from './support/browsers';
import { freshInvitation } from './support/staff';
import { baseUrl, demo, sessionFile } from './support/world';
import { test } from './support/story';

const invitation = () => freshInvitation(demo.verification_visit.id);
const browsers: Browser[] = [];
const started = async (starting: Promise<Browser>): Promise<Browser> => {
  const browser = await starting;
  browsers.push(browser);
  return browser;
};
test.afterEach(async () => {
  await Promise.all(browsers.splice(0).map((one) => one.close()));
});

test('a phone without camera and microphone is told what to do', async () => {
  const { link, code } = await invitation();
  const join = await Join.on(await started(launchWithoutCamera()));
  await join.toCode(link);
  await join.write(code);
  await expect(join.page.getByText('Este teléfono no tiene cámara.', { exact: false })).toBeVisible();
  await expect(join.page.getByText('Este teléfono no tiene micrófono.', { exact: false })).toBeVisible();
  await expect(join.button('Probar otra vez')).toBeVisible();
  await join.looksRight('3-check-no-devices');
});

test('a refused permission is told how to be given, and the page tries again', async () => {
  const { link, code } = await invitation();
  const join = await Join.on(await started(launchAsking()), { permissions: [] });
  await join.toCode(link);
  await join.write(code);
  await expect(join.page.getByRole('alert')).toContainText('permita la cámara y el micrófono');
  await join.looksRight('3-check-refused');
  await join.context.grantPermissions(['camera', 'microphone'], { origin: baseUrl });
  await join.press('Probar otra vez');
  await join.shows('Todo listo para entrar');
});

test('an old link is no longer available after new ones were sent', async () => {
  const old = await invitation();
  await invitation();
  const join = await Join.on(await started(launchWith('relative')));
  await join.toCode(old.link);
  await join.write(old.code);
  await join.shows('Este enlace no abre ahora');
});

test('a link that nobody made looks like one that is not available', async () => {
  const join = await Join.on(await started(launchWith('relative')));
  await join.toCode(`${baseUrl}/v/${'A'.repeat(22)}`);
  await join.write('123456');
  await join.shows('Este enlace no abre ahora');
});

test('a page of another origin can do nothing with an official’s session', async () => {
  const staff = await request.newContext({ baseURL: baseUrl, storageState: sessionFile('staff') });
  const forged = await staff.post('/api/auth/sign-out', { data: {}, headers: { origin: 'https://elsewhere.example', 'sec-fetch-site': 'cross-site' } });
  expect(forged.status()).toBe(403);
  expect((await staff.get('/api/me')).status()).toBe(200);
  await staff.dispose();
});

test('somebody else’s file and one that does not exist are the same', async () => {
  const browser = await started(launchWith('official'));
  const staff = await request.newContext({ baseURL: baseUrl, storageState: sessionFile('staff') });
  const mine = (await (await staff.get('/api/cases')).json()).find((one: { names_as_given: string }) => one.names_as_given === 'Persona de prueba 14');
  await staff.dispose();
  const consul = await Desk.of(browser, 'consul');
  const seen: string[] = [];
  for (const id of [mine.id, crypto.randomUUID()]) {
    await consul.go(`cases/${id}`);
    await expect(consul.page.getByText('No lo encontramos, o no es de los suyos.')).toBeVisible();
    seen.push(await consul.page.getByRole('main').innerText());
  }
  expect(seen[0]).toBe(seen[1]);
  await consul.looksRight('not-found');
});

test('the public page opens the doors without any script', async () => {
  const browser = await started(launchWith('official'));
  const page = (await Desk.of(browser, 'nobody'));
  await page.page.goto(baseUrl);
  await page.shows('Reencuentro');
  await page.looksRight('public-start');
  expect(await page.page.locator('script').count()).toBe(0);
});
