// The shared screen of a site.
import { expect, type BrowserContext } from '@playwright/test';
import { join } from 'node:path';
import { launchProfile } from '../support/browsers';
import { watchMedia } from '../support/media';
import { baseUrl, kept } from '../support/world';
import { Face } from './face';
import { wordsIn } from './join';

export class Kiosk extends Face {
  /** The same profile in every file of the story: the key that it was enrolled with is still there. */
  static async open(): Promise<Kiosk> {
    const context = await launchProfile(join(kept, 'kiosk-profile'), 'person', {
      viewport: { width: 1280, height: 800 }, hasTouch: true, locale: 'es-MX', timezoneId: 'America/Mexico_City', permissions: ['camera', 'microphone'],
    });
    await watchMedia(context);
    const kiosk = new Kiosk(context.pages()[0] ?? (await context.newPage()), 'kiosk');
    await kiosk.page.goto(`${baseUrl}/kiosk/`);
    return kiosk;
  }
  get context(): BrowserContext {
    return this.page.context();
  }
  async enrol(code: string): Promise<void> {
    await this.page.getByRole('textbox', { name: 'Código' }).fill(code);
    await this.press('Preparar');
  }
  async toCode(): Promise<void> {
    await this.shows(/Elija su lengua/);
    await this.press(/Español/);
    await this.shows('Escriba los seis números de su papel');
  }
  async write(digits: string): Promise<void> {
    for (const digit of digits) await this.press(digit);
    await this.press('Listo');
  }
  async isWaiting(): Promise<void> {
    await this.shows('Ya saben que usted está aquí');
  }
  async isInCall(): Promise<void> {
    await expect(this.heading('Llamada')).toBeAttached();
    await expect(this.page.getByRole('group', { name: 'Mandos de la llamada' })).toBeVisible();
  }
  async words(): Promise<string> {
    return wordsIn(await this.page.locator('.words').first().innerText());
  }
  /** Everything that the browser keeps for this origin. */
  async storage(): Promise<unknown> {
    const page = await this.page.evaluate(async () => ({
      local: Object.keys(localStorage),
      session: Object.keys(sessionStorage),
      databases: (await indexedDB.databases()).map(({ name }) => name),
      caches: await caches.keys(),
    }));
    const cookies = (await this.context.cookies()).map(({ name }) => name);
    return { ...page, cookies };
  }
}
