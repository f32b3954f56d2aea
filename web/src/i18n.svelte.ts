// Typed catalogs: one lazy chunk per locale and face; a missing key is a type error, Spanish is the source.
import type { Picture } from './ui/pictures';

export const locales = ['es', 'en'] as const;
export type Locale = (typeof locales)[number];
/** What a language calls itself. */
export const localeNames: Record<Locale, string> = { es: 'Español', en: 'English' };

/** A text that depends on a number has one form per plural rule of its language. */
export type Plural = { one: string; other: string };
/** The shape that every other language must fill: the keys of the Spanish catalog, texts or plurals as there. */
export type Catalog<Source> = { [Key in keyof Source]: Source[Key] extends string ? string : Plural };
export type Params = Record<string, string | number>;

let locale = $state<Locale>('es');
export const currentLocale = (): Locale => locale;

/** Browsers know few languages: the tag is always followed by ones that they surely know. */
export const intlTags = (): string[] => [locale, 'es', 'en'];

export const isLocale = (tag: string): tag is Locale => (locales as readonly string[]).includes(tag);

/** The first language of the browser that we speak; Spanish otherwise. */
export function preferredLocale(wanted: readonly string[] = navigator.languages): Locale {
  for (const tag of wanted) {
    const base = tag.toLowerCase().split('-')[0] ?? '';
    if (isLocale(base)) return base;
  }
  return 'es';
}

/** Picks the plural form by `n` and puts the parameters in place. */
export function fill(message: string | Plural, params: Params = {}, tags: string[] = intlTags()): string {
  let text: string;
  if (typeof message === 'string') text = message;
  else {
    text = new Intl.PluralRules(tags).select(Number(params.n ?? 0)) === 'one' ? message.one : message.other;
  }
  return text.replace(/\{(\w+)\}/g, (place, name: string) => String(params[name] ?? place));
}

export type Words<Source> = {
  t: (key: keyof Source & string, params?: Params) => string;
  /** Loads the catalog, then changes what every page shows. */
  speak: (to: Locale) => Promise<void>;
  readonly ready: boolean;
};

/** The texts of one face. Call it once per face with one lazy import per locale. */
export function words<Source extends Record<string, string | Plural>>(
  load: Record<Locale, () => Promise<{ default: Catalog<Source> }>>,
): Words<Source> {
  let catalog = $state.raw<Catalog<Source>>();
  return {
    t: (key, params) => (catalog ? fill(catalog[key] as string | Plural, params) : ''),
    async speak(to) {
      const [texts] = await Promise.all([load[to](), loadPictures(to)]);
      catalog = texts.default;
      locale = to;
      document.documentElement.lang = to;
    },
    get ready() {
      return catalog !== undefined;
    },
  };
}

type PictureWords = Record<Picture, string>;
const pictureCatalogs: Record<Locale, () => Promise<{ default: PictureWords }>> = {
  es: () => import('./locales/es/pictures'),
  en: () => import('./locales/en/pictures'),
};
let pictureWords = $state.raw<PictureWords>();
async function loadPictures(to: Locale): Promise<void> {
  pictureWords = (await pictureCatalogs[to]()).default;
}
export const pictureWord = (picture: Picture): string => pictureWords?.[picture] ?? '';
