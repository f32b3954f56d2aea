// The board: who stands at the door, and in which order staff should look.
import type { Participant, TodayVisit } from '../desk/model';

const atDoor = (one: Participant): boolean => one.state === 'waiting';
const isInside = (one: Participant): boolean => one.state === 'admitted' || one.state === 'in_call';
const isOpen = (visit: TodayVisit): boolean => visit.state === 'booked' || visit.state === 'live';

export type Door = 'ready' | 'one_missing' | 'inside';

/** Somebody waits, or is inside; a visit that is over has no door. */
export function door(visit: TodayVisit): Door | undefined {
  if (!isOpen(visit)) return undefined;
  const coming = visit.participants.filter((one) => one.state !== 'turned_away' && one.state !== 'left');
  if (coming.some(atDoor)) return coming.every((one) => atDoor(one) || isInside(one)) ? 'ready' : 'one_missing';
  return coming.some(isInside) ? 'inside' : undefined;
}

const rank: Record<Door, number> = { ready: 0, one_missing: 1, inside: 2 };
const longest = (visit: TodayVisit): string => visit.participants.filter(atDoor).map((one) => one.since ?? '').sort()[0] ?? '';

/** Who is ready first, then who has waited longest. */
export function atTheDoor(visits: TodayVisit[]): { visit: TodayVisit; door: Door }[] {
  return visits
    .flatMap((visit) => {
      const found = door(visit);
      return found ? [{ visit, door: found }] : [];
    })
    .sort((a, b) => rank[a.door] - rank[b.door] || longest(a.visit).localeCompare(longest(b.visit)));
}

export const waiting = (visit: TodayVisit): Participant[] => visit.participants.filter(atDoor);
export const inOrder = (visits: TodayVisit[]): TodayVisit[] => [...visits].sort((a, b) => a.starts_at.localeCompare(b.starts_at));
