import { describe, expect, it } from 'vitest';
import { fill, locales, preferredLocale, type Plural } from '../i18n.svelte';

type Texts = Record<string, string | Plural>;
const files = import.meta.glob<{ default: Texts }>('./*/*.ts', { eager: true });
const catalog = (path: string): Texts => files[path]?.default ?? {};
const groups = Object.keys(files).filter((path) => path.startsWith('./es/')).map((path) => path.slice('./es/'.length));
const others = locales.filter((locale) => locale !== 'es');
const pairs = groups.flatMap((group) => others.map((locale) => [locale, group] as const));
const forms = (text: string | Plural | undefined): string[] => (typeof text === 'string' ? [text] : text ? [text.one, text.other] : []);
const places = (text: string | Plural | undefined): string => [...new Set(forms(text).flatMap((form) => form.match(/\{\w+\}/g) ?? []))].sort().join();

describe('the catalogs', () => {
  it.each(pairs)('of %s/%s have the keys of the Spanish one', (locale, group) => {
    expect(Object.keys(catalog(`./${locale}/${group}`)).sort()).toEqual(Object.keys(catalog(`./es/${group}`)).sort());
  });

  it.each(pairs)('of %s/%s fill the same places and have every plural form', (locale, group) => {
    const spanish = catalog(`./es/${group}`);
    for (const [key, text] of Object.entries(catalog(`./${locale}/${group}`))) {
      expect(typeof text, key).toBe(typeof spanish[key]);
      expect(places(text), key).toBe(places(spanish[key]));
    }
  });

  it('have no empty text', () => {
    for (const [path, { default: texts }] of Object.entries(files)) {
      for (const [key, text] of Object.entries(texts)) for (const form of forms(text)) expect(form.trim(), `${path} ${key}`).not.toBe('');
    }
  });
});

describe('what a bystander may read on a phone or a kiosk', () => {
  const shown = groups.filter((group) => ['join.ts', 'kiosk.ts', 'call.ts'].includes(group));
  const forbidden = /consul|deten|detain|deport|migra|albergue|shelter|reencuentro|asilo|asylum|refugi|usuario|denegad|\berror\b/i;

  it.each(locales.flatMap((locale) => shown.map((group) => [locale, group] as const)))('names neither place, status nor product in %s/%s', (locale, group) => {
    for (const [key, text] of Object.entries(catalog(`./${locale}/${group}`))) for (const form of forms(text)) expect(form, key).not.toMatch(forbidden);
  });
});

describe('a text', () => {
  it('takes the plural form of its number', () => {
    const tries = { one: '{n} intento', other: '{n} intentos' };
    expect([0, 1, 2].map((n) => fill(tries, { n }, ['es']))).toEqual(['0 intentos', '1 intento', '2 intentos']);
  });

  it('keeps a place that nobody filled, so that it is noticed', () => {
    expect(fill('a las {time}', {}, ['es'])).toBe('a las {time}');
  });

  it('speaks the first language of the browser that we know, else Spanish', () => {
    expect(preferredLocale(['ht', 'en-US', 'es'])).toBe('en');
    expect(preferredLocale(['quc', 'mam'])).toBe('es');
  });
});
