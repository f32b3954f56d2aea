import { expect, type Browser } from '@playwright/test';
import { Desk } from './pages/desk';
import { launchWith } from './support/browsers';
import { official } from './support/world';
import { test } from './support/story';

test.describe.configure({ mode: 'serial' });
let browser: Browser;
let desk: Desk;
test.beforeAll(async () => {
  browser = await launchWith('official');
  desk = await Desk.of(browser, 'nobody');
  const authority = await desk.page.context().newCDPSession(desk.page);
  await authority.send('WebAuthn.enable');
  const options = { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true } as const;
  await authority.send('WebAuthn.addVirtualAuthenticator', { options });
});
test.afterAll(() => browser.close());

const { name, sign_in_url: link } = official('admin');

test('a stranger is asked for a key and learns nothing', async () => {
  await desk.go('today');
  await desk.shows('Entrar');
  await desk.looksRight('sign-in');
});

test('a one-time link signs an official in and leaves the address', async () => {
  await desk.page.goto('about:blank');
  await desk.page.goto(link);
  await expect(desk.page.getByRole('navigation', { name: 'Principal' })).toBeVisible();
  await expect(desk.link(name)).toBeVisible();
  expect(desk.page.url()).not.toContain('demo=');
});

test('an official makes a passkey, signs out, and signs in by it', async () => {
  await desk.go('account');
  await desk.shows('Su cuenta');
  await expect(desk.page.getByText('Sin llave')).toBeVisible();
  await desk.press('Crear mi llave');
  await expect(desk.page.getByText('Tiene llave')).toBeVisible();
  await desk.looksRight('account');
  await desk.press('Salir');
  await desk.shows('Entrar');
  await desk.press('Entrar con su llave');
  await expect(desk.link(name)).toBeVisible();
});

test('a link that was used signs nobody in', async () => {
  const other = await Desk.of(browser, 'nobody');
  await other.page.goto(link);
  await expect(other.page.getByText('Ese enlace ya se usó o venció. Pida otro.')).toBeVisible();
  await other.looksRight('link-used');
  await other.page.context().close();
});

test('the admin sees the kiosks of the site', async () => {
  await desk.go('kiosks');
  await expect(desk.page.getByText('Sin registrar')).toBeVisible();
  await desk.looksRight('kiosks');
});
