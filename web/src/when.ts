// Hours as people say them, with the part of the day.
import { intlTags } from './i18n.svelte';

const format = (instant: Date, zone: string | undefined, options: Intl.DateTimeFormatOptions): string => {
  try {
    return new Intl.DateTimeFormat(intlTags(), { ...options, ...(zone ? { timeZone: zone } : {}) }).format(instant);
  } catch {
    // A zone that this browser does not know: its own.
    return new Intl.DateTimeFormat(intlTags(), options).format(instant);
  }
};

/** «10:30 de la mañana», “10:30 in the morning”. */
export const hour = (instant: Date, zone?: string): string =>
  format(instant, zone, { hour: 'numeric', minute: '2-digit', hourCycle: 'h12', dayPeriod: 'long' });

/** «jueves, 12 de marzo» */
export const day = (instant: Date, zone?: string): string => format(instant, zone, { weekday: 'long', day: 'numeric', month: 'long' });

export const minutesBetween = (from: string, to: string): number => Math.round((Date.parse(to) - Date.parse(from)) / 60_000);
