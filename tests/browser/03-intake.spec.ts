import { expect, type Browser } from '@playwright/test';
import { Desk } from './pages/desk';
import { launchWith } from './support/browsers';
import { test } from './support/story';

test.describe.configure({ mode: 'serial' });
let browser: Browser;
let desk: Desk;
test.beforeAll(async () => {
  browser = await launchWith('official');
  desk = await Desk.of(browser, 'staff');
});
test.afterAll(() => browser.close());

const PERSON = 'Persona de prueba 21';

test('what is missing at intake is told beside its field', async () => {
  await desk.go('cases/new');
  await desk.shows('Recibir a una persona');
  await desk.looksRight('intake');
  await desk.press('Abrir la ficha');
  await expect(desk.page.getByText('Falta este dato.').first()).toBeVisible();
  await desk.looksRight('intake-gaps');
});

test('staff take in an adult: each answer knows who asked, when and in which language', async () => {
  await desk.choose(/al cuidado de alguien/, 'No');
  await desk.field('Nombres, como los dice').fill(PERSON);
  await desk.choose('¿Cuándo nació?', 'Más o menos');
  await desk.field('Entre el año').fill('1988');
  await desk.field('y el año').fill('1990');
  await desk.field('Lengua en que se siente bien').selectOption('mam');
  await desk.field('De qué lugar es su lengua').fill('Todos Santos');
  await desk.choose(/De qué país es/, 'Guatemala');
  await desk.choose(/Teme a las autoridades/, 'No se preguntó');
  await desk.press('Abrir la ficha');
  await desk.shows(PERSON);
  const asked = desk.page.getByRole('row', { name: /al cuidado de alguien/ });
  await expect(asked).toContainText('Oficial A de muestra');
  await expect(asked).toContainText('Español');
  await desk.looksRight('case-new');
});

test('the hosted person names relatives; one is approved, one refused with a reason', async () => {
  await desk.link('Familiares').first().click();
  for (const [name, relation, phone] of [['Familiar de prueba 31', 'sibling', '+50200000031'], ['Familiar de prueba 32', 'cousin', '+50200000032']] as const) {
    await desk.press('Nombrar a un familiar');
    await desk.field('La persona quiere que se llame a su familiar').check({ force: true });
    await desk.field('Nombres del familiar').fill(name);
    await desk.field('Es su…').selectOption(relation);
    await desk.field('Teléfono').fill(phone);
    if (phone.endsWith('31')) await desk.looksRight('contact-naming');
    await desk.press('Guardar al familiar');
    await expect(desk.heading(name)).toBeVisible();
  }
  const first = desk.page.getByRole('article', { name: 'Familiar de prueba 31' });
  await expect(first).not.toContainText('+50200000031');
  await first.getByRole('button', { name: 'Revisar y aprobar' }).click();
  await first.getByLabel('Hablé con esta persona').check({ force: true });
  await first.getByLabel('Lo que cuenta concuerda con lo que dice la persona').check({ force: true });
  await first.getByLabel('Qué contó').fill('Llamada de prueba: cuenta lo mismo que la persona.');
  await desk.looksRight('contact-vetting');
  await first.getByRole('button', { name: 'Aprobar', exact: true }).click();
  await expect(first.getByText('Aprobado', { exact: true }).first()).toBeVisible();

  const second = desk.page.getByRole('article', { name: 'Familiar de prueba 32' });
  await second.getByRole('button', { name: 'No aprobar' }).click();
  await second.getByLabel('No es quien dice ser').check({ force: true });
  await desk.looksRight('contact-refusing');
  await second.getByRole('button', { name: 'No aprobar' }).click();
  await expect(second.getByText('No es quien dice ser').first()).toBeVisible();
  await desk.looksRight('contacts');
});

test('a visit is booked with both zones shown, and the same hour is not free twice', async () => {
  await desk.link('Proponer visita').first().click();
  await desk.shows('Nueva visita');
  await desk.field('Quiosco').selectOption({ label: 'Quiosco 1' });
  const tomorrow = new Date(Date.now() + 24 * 3_600_000).toISOString().slice(0, 10);
  await desk.field('Día', ).fill(tomorrow);
  await desk.field('Hora', ).fill('10:00');
  await expect(desk.page.getByText('Allá', { exact: true })).toBeVisible();
  await desk.looksRight('book');
  await desk.press('Reservar e invitar');
  await desk.shows(/^Familiar · 10:00/);
  await desk.looksRight('visit');

  await desk.page.goBack();
  await desk.shows('Nueva visita');
  await desk.field('Quiosco').selectOption({ label: 'Quiosco 1' });
  await desk.field('Día').fill(tomorrow);
  await desk.field('Hora').fill('10:00');
  await desk.press('Reservar e invitar');
  await expect(desk.page.getByRole('alert')).toContainText('Esa hora no está libre');
  await desk.looksRight('book-clash');
});

test('the outbox shows link and code on different ways, and no name', async () => {
  await desk.go('outbox');
  const sms = desk.page.getByRole('row').filter({ hasText: 'SMS' }).first();
  await expect(sms).toContainText('/v/');
  const voice = desk.page.getByRole('row').filter({ hasText: 'De voz' }).first();
  await expect(voice).toContainText(/(\d[ ,.-]*){6}/);
  await expect(desk.page.getByRole('table')).not.toContainText('de prueba');
  await desk.looksRight('outbox');
});

test('a fear that is told later names the countries that do not see the file', async () => {
  await desk.go('cases');
  await desk.link(PERSON).click();
  await desk.page.getByRole('row', { name: /Teme a las autoridades/ }).getByRole('button', { name: 'Preguntar' }).click();
  await desk.choose(/Teme a las autoridades/, 'Sí');
  await desk.choose(/otros países/, 'Honduras');
  await desk.field('Otro país…').last().selectOption('SN');
  await desk.looksRight('case-fear');
  await desk.press('Guardar');
  await expect(desk.page.getByText('Teme también a: Honduras, Senegal')).toBeVisible();
  await expect(desk.page.getByText('Protegida')).toBeVisible();
});

test('people, the day and who looked at a file', async () => {
  await desk.go('cases');
  await expect(desk.link(PERSON)).toBeVisible();
  await desk.looksRight('people');
  await desk.link(PERSON).click();
  await desk.link('Quién la miró').click();
  await expect(desk.page.getByRole('cell', { name: 'Abrió la ficha' })).toBeVisible();
  await desk.looksRight('access');
  await desk.link('Consentimientos y permisos').click();
  await desk.shows(/Consentimientos/);
  await desk.looksRight('sharing');
  await desk.go('day');
  await expect(desk.page.getByText('Persona de prueba 14')).toBeVisible();
  await desk.looksRight('day');
});
