// The official's language stays on this desk's computer; nothing else is kept in the browser.
import { isLocale, type Locale } from '../i18n.svelte';

const KEY = 'desk-locale';

export function keptLocale(): Locale | undefined {
  const kept = localStorage.getItem(KEY);
  return kept !== null && isLocale(kept) ? kept : undefined;
}

export const keepLocale = (locale: Locale): void => localStorage.setItem(KEY, locale);
