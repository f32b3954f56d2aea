import { expect, type Browser } from '@playwright/test';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Desk } from './pages/desk';
import { Join, wordsIn } from './pages/join';
import { launchWith } from './support/browsers';
import { hearsNothing, lastUpload, seesAndHears } from './support/media';
import { freshInvitation } from './support/staff';
import { artifacts, baseUrl, demo, verifyProgram } from './support/world';
import { test } from './support/story';

test.describe.configure({ mode: 'serial' });
const PERSON = 'Persona de prueba 9';
const visit = demo.verification_visit;
let phones: Browser;
let desks: Browser;
let relative: Join;
let consul: Desk;
let sent: Buffer;
let hash: string;
test.beforeAll(async () => {
  [phones, desks] = await Promise.all([launchWith('passport'), launchWith('official')]);
  [relative, consul] = await Promise.all([Join.on(phones), Desk.of(desks, 'consul')]);
});
test.afterAll(async () => {
  await Promise.all([phones.close(), desks.close()]);
});

test('a consul joins from the desk, lets the relative in, and both see and hear each other', async () => {
  const { link, code } = await freshInvitation(visit.id);
  await relative.toLobby(link, code);
  await consul.go('today');
  await consul.link('Entrar a la llamada').first().click();
  await consul.shows('Antes de entrar');
  await consul.looksRight('call-before');
  await consul.press('Entrar a la llamada');
  const admit = consul.button(/^(Empezar y admitir|Admitir) a quien espera$/);
  await expect(admit).toBeVisible();
  await consul.looksRight('call-waiting');
  await admit.click();
  await relative.isInCall();
  await Promise.all([seesAndHears(relative.page), seesAndHears(consul.page)]);
  expect(wordsIn(await consul.page.locator('.words').first().innerText())).toBe(await relative.words());
});

test('what is written arrives, and what the consul mutes is silent', async () => {
  await relative.says('Hola, ¿se oye?');
  await relative.looksRight('5-more');
  await consul.press(/^1 nuevo$/);
  await expect(consul.page.getByRole('log')).toContainText('Hola, ¿se oye?');
  await consul.page.getByRole('textbox', { name: 'Mensaje' }).fill('Sí, muy bien.');
  await consul.press('Enviar');
  await expect(relative.log).toContainText('Sí, muy bien.');
  await relative.press('Cerrar');
  await consul.press('Voz');
  await hearsNothing(relative.page);
  await consul.press('Voz');
  await seesAndHears(relative.page);
});

test('the relative sees the photo before it is sent, and may say no', async () => {
  await consul.field('Documento').selectOption('national_id');
  await consul.press('Pedir la foto');
  await relative.shows('Piden una foto');
  await relative.press('No enviar, seguir la llamada');
  await relative.isInCall();
  await expect(consul.page.getByText('Prefirió no enviarla. No cuenta en contra.')).toBeVisible();
});

test('accepted, the still arrives as it left the phone: the hashes are equal', async () => {
  await consul.field('Documento').selectOption('passport');
  await consul.press('Pedir la foto');
  await relative.shows('Piden una foto');
  await relative.looksRight('8-document-asked');
  await relative.press('Tomar la foto');
  await relative.shows('Piden una foto');
  await expect(relative.page.getByText('Ponga el documento entero', { exact: false })).toBeVisible();
  await relative.looksRight('8-document-aiming');
  await relative.press('Tomar la foto');
  await relative.shows('¿Se lee bien?');
  await expect(relative.page.getByText('1280×720')).toBeVisible();
  await relative.looksRight('8-document-seen');
  const upload = relative.page.waitForRequest((one) => one.method() === 'PUT' && one.url().endsWith('/still'));
  await relative.press('Sí, enviar esta foto');
  const put = await upload;
  sent = await lastUpload(relative.page);
  hash = createHash('sha256').update(sent).digest('hex');
  expect(sent.length).toBeGreaterThan(20_000);
  expect(put.headers()['x-content-sha256']).toBe(hash);
  await relative.shows('La foto llegó. Gracias.');
  await relative.looksRight('8-document-stored');
  await relative.press('Volver a la llamada');
  await expect(consul.page.getByTitle(hash)).toBeVisible();
  const stored = await consul.page.getByAltText('Foto: Pasaporte').getAttribute('src');
  const kept = await consul.page.request.get(`${baseUrl}${stored}`);
  expect(createHash('sha256').update(await kept.body()).digest('hex')).toBe(hash);
});

test('the consul says how it was seen and writes a note: the link rises to L1', async () => {
  await consul.page.getByLabel('Original ante la cámara').check({ force: true });
  await consul.field('Qué observó').fill('Cuenta de la casa y de los hermanos, sin que se le pregunte.');
  await consul.field('Lo que cuenta concuerda con lo que dice la persona').check({ force: true });
  await consul.press('Guardar la nota');
  await expect(consul.page.getByText('plausible').first()).toBeVisible();
  await seesAndHears(relative.page);
  await relative.looksRight('5-call-verification');
  await consul.looksRight('call-evidence');
});

test('the consul recommends with reasons and may not decide', async () => {
  await consul.link('Ver por qué').first().click();
  await consul.shows('Verificar el vínculo');
  await consul.looksRight('claim');
  await consul.choose('Conclusión', 'El vínculo se sostiene');
  await consul.field('Razones').first().fill('El documento y el relato concuerdan.');
  await consul.press('Firmar la recomendación');
  await expect(consul.page.getByText('Recomendación', { exact: true })).toBeVisible();
  await expect(consul.button('Firmar con su llave')).toHaveCount(0);
  await consul.looksRight('claim-recommended');
});

test('another person decides, after a step-up', async () => {
  const decider = await Desk.of(desks, 'decider');
  await decider.page.goto(consul.page.url());
  await decider.shows('Verificar el vínculo');
  await decider.choose('Conclusión', 'El vínculo se sostiene');
  await decider.field('Razones').last().fill('Sigo la recomendación: las pruebas son suficientes.');
  await decider.press('Firmar con su llave');
  await decider.shows('Confirme que es usted');
  await decider.looksRight('step-up');
  await decider.press('Soy yo, seguir');
  await expect(decider.page.getByText('Oficial C de muestra').first()).toBeVisible();
  await expect(decider.heading('Decisión')).toBeVisible();
  await decider.looksRight('claim-decided');
  await decider.page.context().close();
});

test('the file leaves as a package that verifies offline; one flipped byte does not', async () => {
  const staff = await Desk.of(desks, 'staff');
  await staff.go('cases');
  await staff.link(PERSON).click();
  await staff.shows(PERSON);
  await staff.looksRight('case-with-evidence');
  await staff.link('Sacar el expediente').click();
  await staff.field('Para quién').fill('Autoridad de muestra');
  await staff.field('Para qué').fill('Comprobar el vínculo');
  await staff.field('Con qué base').fill('Norma de muestra 7');
  await staff.press('Preparar el expediente');
  await staff.stepUp();
  const download = staff.page.getByRole('button', { name: 'Descargar' });
  await expect(download).toBeVisible();
  await staff.looksRight('export');
  const [file] = await Promise.all([staff.page.waitForEvent('download'), download.click()]);
  const package_ = join(artifacts, 'expediente.zip');
  await file.saveAs(package_);
  const trust = join(artifacts, 'trust.txt');
  writeFileSync(trust, await (await staff.page.request.get(demo.trust_url)).body());
  const verdict = verify(package_, trust);
  expect(verdict).toMatchObject({ verdict: 'valid' });
  expect(JSON.stringify(unzipped(package_))).toContain(hash);

  // Unpacked, so that it is the verifier that notices, not the archive's own checksum.
  const unpacked = mkdtempSync(join(artifacts, 'flipped-'));
  execFileSync('unzip', ['-q', package_, '-d', unpacked]);
  const photoName = unzipped(package_).find((name) => name.includes('/objects/')) ?? '';
  const [flipped, photo] = [join(unpacked, photoName.split('/')[0] ?? ''), join(unpacked, photoName)];
  const bytes = readFileSync(photo);
  expect(bytes.equals(sent), 'the photo lies in the package byte for byte').toBe(true);
  expect(verify(flipped, trust)).toMatchObject({ verdict: 'valid' });
  bytes[1_000] = (bytes[1_000] ?? 0) ^ 1;
  writeFileSync(photo, bytes);
  expect(verify(flipped, trust)).toMatchObject({ verdict: 'not_valid', reason: { code: 'file_changed' } });
  await staff.page.context().close();
});

test('who asked for the end ends it, and the phone says so', async () => {
  await consul.go(`visits/${visit.id}/call`);
  await consul.press('Entrar a la llamada');
  await seesAndHears(consul.page);
  await consul.press('Terminar');
  await consul.press('Terminar para todos');
  await relative.shows('La visita terminó');
  await consul.shows('La visita terminó');
  await consul.looksRight('call-ended');
});

/** The verifier's own words; it exits with 1 for a package that is not valid. */
function verify(file: string, trust: string): unknown {
  try {
    return JSON.parse(execFileSync(verifyProgram, [file, '--trust', trust, '--json'], { encoding: 'utf8' }));
  } catch (error) {
    return JSON.parse((error as { stdout: string }).stdout);
  }
}
const unzipped = (file: string): string[] => execFileSync('unzip', ['-Z1', file], { encoding: 'utf8' }).split('\n');
