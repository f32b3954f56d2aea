// The desk of staff, consuls and deciders.
import { expect, type Browser, type Locator } from '@playwright/test';
import { watchMedia } from '../support/media';
import { baseUrl, sessionFile, type Office } from '../support/world';
import { Face } from './face';

const SIZE = { viewport: { width: 1440, height: 900 }, locale: 'es-MX', timezoneId: 'America/Mexico_City' };

export class Desk extends Face {
  static async of(browser: Browser, office: Office | 'nobody'): Promise<Desk> {
    const signedIn = office === 'nobody' ? {} : { storageState: sessionFile(office) };
    const context = await browser.newContext({ ...SIZE, ...signedIn, permissions: ['camera', 'microphone'], acceptDownloads: true });
    await watchMedia(context);
    return new Desk(await context.newPage(), 'desk');
  }
  async go(place: string): Promise<void> {
    await this.page.goto(`${baseUrl}/desk/#/${place}`);
  }
  field(label: string | RegExp): Locator {
    return this.page.getByLabel(label);
  }
  async choose(question: string | RegExp, answer: string): Promise<void> {
    const group = this.page.getByRole('group', { name: question });
    await group.getByLabel(answer, { exact: true }).check({ force: true });
  }
  link(name: string | RegExp): Locator {
    return this.page.getByRole('link', { name });
  }
  /** The visit's card at the door, found by one of its participants. */
  door(who: string): Locator {
    return this.page.getByRole('article').filter({ hasText: who });
  }
  async admit(who: string): Promise<void> {
    const side = this.door(who).locator('.d-side').filter({ hasText: who });
    await side.getByRole('button', { name: 'Admitir', exact: true }).click();
    await expect(side.getByRole('button', { name: 'Admitir', exact: true })).toBeHidden();
  }
  /** A step that asks for the key again: in the demo, without a key, one says that it is oneself. */
  async stepUp(): Promise<void> {
    await this.shows('Confirme que es usted');
    await this.press('Soy yo, seguir');
  }
}
