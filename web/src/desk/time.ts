// Times as the desk says them: always in a named zone, in the page's language.

const MINUTE_MS = 60_000;

/** What a clock on the wall of `zone` shows at that instant, as if it were UTC. */
function wallMs(instantMs: number, zone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: zone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit',
  }).formatToParts(instantMs);
  const part = (type: string): number => Number(parts.find((found) => found.type === type)?.value);
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
}

/** A civil time in a zone. The clocks change in some zones: then an hour is missing or comes twice. */
export type Civil = { kind: 'once'; at: number } | { kind: 'twice'; first: number; second: number } | { kind: 'missing' };

export function civil(local: string, zone: string): Civil {
  const wanted = Date.parse(`${local}Z`);
  const offsets = [wanted - 86_400_000, wanted + 86_400_000].map((near) => wallMs(near, zone) - near);
  const fits = [...new Set(offsets.map((offset) => wanted - offset))].filter((at) => wallMs(at, zone) === wanted).sort((a, b) => a - b);
  if (fits.length === 0) return { kind: 'missing' };
  return fits.length === 1 ? { kind: 'once', at: fits[0]! } : { kind: 'twice', first: fits[0]!, second: fits[1]! };
}

const format = (tags: string[], zone: string, options: Intl.DateTimeFormatOptions) =>
  new Intl.DateTimeFormat(tags, { timeZone: zone, hourCycle: 'h23', ...options });

export const clockTime = (instant: string | number, zone: string, tags: string[]): string =>
  format(tags, zone, { hour: '2-digit', minute: '2-digit' }).format(new Date(instant));

export const longDay = (instant: string | number, zone: string, tags: string[]): string =>
  // Spanish says «jueves 12 de marzo»; the browser's data puts a comma between.
  format(tags, zone, { weekday: 'long', day: 'numeric', month: 'long' }).format(new Date(instant)).replace(/^(\p{Ll}+), /u, '$1 ');

/** As a heading of its own: Spanish writes the names of days small. */
export const dayTitle = (instant: string | number, zone: string, tags: string[]): string =>
  longDay(instant, zone, tags).replace(/^\p{Ll}/u, (letter) => letter.toLocaleUpperCase(tags));

export const shortDayTime = (instant: string | number, zone: string, tags: string[]): string =>
  format(tags, zone, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' }).format(new Date(instant));

export const shortDay = (instant: string | number, zone: string, tags: string[]): string =>
  format(tags, zone, { day: 'numeric', month: 'short', year: 'numeric' }).format(new Date(instant));

/** "Guatemala, UTC−6": the city is what people know, the offset is what they can check. */
export function zoneLabel(zone: string, instant: string | number): string {
  const city = zone.split('/').at(-1)!.replaceAll('_', ' ');
  const at = Math.trunc(new Date(instant).getTime() / MINUTE_MS) * MINUTE_MS;
  const minutes = Math.round((wallMs(at, zone) - at) / MINUTE_MS);
  const hours = Math.trunc(Math.abs(minutes) / 60);
  const rest = Math.abs(minutes) % 60;
  const sign = minutes < 0 ? '−' : '+';
  return `${city}, UTC${minutes === 0 ? '' : `${sign}${hours}${rest ? `:${String(rest).padStart(2, '0')}` : ''}`}`;
}

/** The civil date in a zone: "2026-11-23". */
export const civilDate = (instant: string | number, zone: string): string => new Date(wallMs(new Date(instant).getTime(), zone)).toISOString().slice(0, 10);

export function shiftDate(date: string, days: number): string {
  const at = new Date(`${date}T12:00:00Z`);
  at.setUTCDate(at.getUTCDate() + days);
  return at.toISOString().slice(0, 10);
}

/** The next full quarter of an hour, as a civil date and time. */
export function nextQuarter(instant: number, zone: string): { date: string; time: string } {
  const quarter = 15 * MINUTE_MS;
  const wall = Math.ceil((wallMs(instant, zone) + 1) / quarter) * quarter;
  const iso = new Date(wall).toISOString();
  return { date: iso.slice(0, 10), time: iso.slice(11, 16) };
}

export const minutesSince = (since: string, nowMs: number): number => Math.max(0, Math.floor((nowMs - Date.parse(since)) / MINUTE_MS));
export const minutesUntil = (until: string, nowMs: number): number => Math.max(0, Math.ceil((Date.parse(until) - nowMs) / MINUTE_MS));
