// The domain's words in sentences.
import { intlTags } from '../i18n.svelte';
import type { Schemas } from '../api/model';
import type { Answer, Birth, EvidenceSummary } from './model';
import { shortDay } from './time';
import { intlName, t } from './words';

/** Languages that the catalogs name themselves: browsers know few of them. */
export const languages = ['es', 'mam', 'quc', 'kek', 'kjb', 'ht', 'en', 'pt', 'fr'] as const;
export type KnownLanguage = (typeof languages)[number];
const isKnown = (tag: string): tag is KnownLanguage => (languages as readonly string[]).includes(tag);

export const languageName = (tag: string): string => (isKnown(tag) ? t(`lang.${tag}`) : intlName('language', tag));
export const countryName = (code: string): string => intlName('region', code);

export function birthWords(birth: Birth): string {
  if (birth.kind === 'unknown') return t('birth.unknown');
  if (birth.kind === 'approximate') return t('birth.approximate', { from: birth.year_earliest, to: birth.year_latest });
  return t('birth.exact', { date: shortDay(`${birth.date}T12:00:00Z`, 'UTC', intlTags()) });
}

export const answerWords = (answer: Answer): string => (answer.state === 'answered' ? t(`answer.${answer.value}`) : t(`answer.${answer.state}`));

export type Question = Schemas['Question'];
export const questionWords = (question: Question): string => t(`question.${question}`);

export function evidenceTitle(item: EvidenceSummary): string {
  if (item.kind === 'document_still') return item.document ? t(`document.${item.document}`) : t('evidence.document_still');
  return t(`evidence.${item.kind}`);
}

/** A hash as people compare it: the first and the last groups of four. */
export const shortHash = (hex: string): string => `${hex.slice(0, 4)} ${hex.slice(4, 8)} … ${hex.slice(-4)}`;

/** Countries that people in transit here mostly come from; `countries()` has all. */
export const commonCountries = ['GT', 'HN', 'SV', 'NI', 'MX', 'CU', 'HT', 'DO', 'VE', 'CO', 'EC', 'PE', 'BR', 'US'];

const LETTERS = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
/** Codes that name no country: unions, the unknown, tests, islands that others speak for. */
const NO_COUNTRY = ['AC', 'CP', 'CQ', 'DG', 'EA', 'EU', 'EZ', 'IC', 'QO', 'TA', 'UN', 'XA', 'XB', 'ZZ'];

/** Every country that the browser can name, in the order of the page's language. */
export function countries(): string[] {
  const names = new Intl.DisplayNames(intlTags(), { type: 'region', fallback: 'none' });
  const codes = LETTERS.flatMap((first) => LETTERS.map((second) => first + second));
  const known = codes.filter((code) => names.of(code) !== undefined && !NO_COUNTRY.includes(code));
  return known.sort((a, b) => countryName(a).localeCompare(countryName(b), intlTags()));
}

/** Zones of the places where relatives mostly live, beside the whole list of the browser. */
export const commonZones = [
  'America/Guatemala', 'America/Tegucigalpa', 'America/El_Salvador', 'America/Managua', 'America/Mexico_City', 'America/Tijuana', 'America/Havana',
  'America/Port-au-Prince', 'America/Caracas', 'America/Bogota', 'America/Guayaquil', 'America/Lima', 'America/New_York', 'America/Chicago',
  'America/Denver', 'America/Phoenix', 'America/Los_Angeles', 'Europe/Madrid',
];
