import type { Failure } from '../api/client';
import { intlTags, words } from '../i18n.svelte';
import type es from '../locales/es/desk';
import { fieldKey, problemKey } from './problem';

export const desk = words<typeof es>({ es: () => import('../locales/es/desk'), en: () => import('../locales/en/desk') });
export const t = desk.t;

/** What to do about a failure, as one sentence. */
export const failureWords = (failure: Failure): string => {
  const wait = failure.kind === 'problem' ? Number(failure.extra.retry_after_s ?? 60) : 0;
  return t(problemKey(failure), { n: Math.max(1, Math.ceil(wait / 60)) });
};

/** What to do about one field, or nothing when the server did not name it. */
export function fieldWords(failure: Failure | undefined, field: string): string | undefined {
  const key = fieldKey(failure, field);
  return key && t(key);
}

/** A country, a language: as the page's language calls it; the code when no list knows it. */
export function intlName(type: 'region' | 'language', code: string): string {
  try {
    return new Intl.DisplayNames(intlTags(), { type }).of(code) ?? code;
  } catch {
    return code;
  }
}
