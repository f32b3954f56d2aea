// The relative's phone.
import { expect, type Browser, type BrowserContext } from '@playwright/test';
import { watchMedia } from '../support/media';
import { Face } from './face';

export type Phone = { permissions?: string[] };

export class Join extends Face {
  static async on(browser: Browser, { permissions = ['camera', 'microphone'] }: Phone = {}): Promise<Join> {
    const context = await browser.newContext({
      viewport: { width: 360, height: 800 }, hasTouch: true, isMobile: true, locale: 'es-GT', timezoneId: 'America/Guatemala', permissions,
    });
    await watchMedia(context);
    return new Join(await context.newPage(), 'join');
  }
  get context(): BrowserContext {
    return this.page.context();
  }
  async open(link: string): Promise<void> {
    await this.page.goto(link);
  }
  async toCode(link: string): Promise<void> {
    await this.open(link);
    await this.shows('Le esperan en una videollamada');
    await this.press('Continuar');
    await this.shows('Escriba su código');
  }
  async write(code: string): Promise<void> {
    await this.page.getByRole('textbox', { name: /Seis números/ }).fill(code);
  }
  async toLobby(link: string, code: string): Promise<void> {
    await this.toCode(link);
    await this.write(code);
    await this.shows('Todo listo para entrar');
    await this.press('Entrar');
    await this.shows('Ya saben que usted está aquí');
  }
  async isStillWaiting(): Promise<void> {
    await this.shows('Ya saben que usted está aquí');
  }
  async isInCall(): Promise<void> {
    await expect(this.heading('Llamada')).toBeAttached();
    await expect(this.page.getByLabel('Mandos de la llamada')).toBeVisible();
  }
  /** The two words, as read aloud. */
  async words(): Promise<string> {
    return wordsIn(await this.page.locator('.words').first().innerText());
  }
  async says(text: string): Promise<void> {
    await this.press('Más');
    await this.page.getByRole('textbox', { name: 'Escriba un mensaje' }).fill(text);
    await this.press('Enviar');
  }
  get log() {
    return this.page.getByRole('log');
  }
}

export const wordsIn = (text: string): string => text.split(/\s+/).filter(Boolean).join(' ');
