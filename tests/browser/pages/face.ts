// A page somebody looks at: found by roles, free of axe violations in every state, and kept as a picture.
import AxeBuilder from '@axe-core/playwright';
import { expect, type Locator, type Page } from '@playwright/test';
import { join } from 'node:path';
import { artifacts } from '../support/world';

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

const faces = new Set<Face>();
export const openFaces = (): Face[] => [...faces].filter((face) => !face.page.isClosed());

export class Face {
  constructor(
    readonly page: Page,
    readonly name: string,
  ) {
    faces.add(this);
  }

  heading(name: string | RegExp): Locator {
    return this.page.getByRole('heading', { name });
  }
  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name, exact: typeof name === 'string' });
  }
  async press(name: string | RegExp): Promise<void> {
    await this.button(name).click();
  }
  async shows(name: string | RegExp): Promise<void> {
    await expect(this.heading(name).first()).toBeVisible();
  }
  /** This state of the page: no axe violation, and its picture in the artifacts. */
  async looksRight(state: string): Promise<void> {
    await this.page.screenshot({ path: join(artifacts, `${this.name}-${state}.png`), animations: 'disabled' });
    const { violations } = await new AxeBuilder({ page: this.page }).withTags(RULES).setLegacyMode(true).analyze();
    const said = violations.map(({ id, help, nodes }) => `${id}: ${help}\n  ${nodes.map((node) => `${node.target.join(' ')} — ${node.html.slice(0, 160)}`).join('\n  ')}`);
    expect(said.join('\n'), `axe on ${this.name}, ${state}`).toBe('');
  }
}
