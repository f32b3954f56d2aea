import { expect, it } from 'vitest';
import type { VisitSummary } from '../desk/model';
import { byKiosk } from './day';

const visit = (id: string, kiosk: string | null, starts_at: string) => ({ id, kiosk: kiosk && { id: kiosk, name: kiosk }, starts_at }) as VisitSummary;

it('a day is read kiosk by kiosk, each in its order, and what needs no kiosk comes last', () => {
  const lanes = byKiosk([
    visit('d', null, '2026-11-23T15:00:00Z'),
    visit('c', 'Quiosco 10', '2026-11-23T15:00:00Z'),
    visit('b', 'Quiosco 2', '2026-11-23T17:00:00Z'),
    visit('a', 'Quiosco 2', '2026-11-23T16:00:00Z'),
  ]);
  expect(lanes.map((lane) => [lane.kiosk, lane.visits.map((one) => one.id).join('')])).toEqual([['Quiosco 2', 'ab'], ['Quiosco 10', 'c'], [null, 'd']]);
});
