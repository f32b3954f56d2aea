import type { VisitSummary } from '../desk/model';

export type Lane = { key: string; kiosk: string | null; visits: VisitSummary[] };

/** One lane for each kiosk by name, then what needs none; each in the order of the day. */
export function byKiosk(visits: VisitSummary[]): Lane[] {
  const lanes = new Map<string, Lane>();
  for (const visit of [...visits].sort((a, b) => a.starts_at.localeCompare(b.starts_at))) {
    const key = visit.kiosk?.id ?? 'none';
    const lane = lanes.get(key) ?? { key, kiosk: visit.kiosk?.name ?? null, visits: [] };
    lane.visits.push(visit);
    lanes.set(key, lane);
  }
  return [...lanes.values()].sort((a, b) => {
    if (a.kiosk === null || b.kiosk === null) return Number(a.kiosk === null) - Number(b.kiosk === null);
    return a.kiosk.localeCompare(b.kiosk, undefined, { numeric: true });
  });
}
