import { describe, expect, it } from 'vitest';
import { civil, civilDate, clockTime, minutesSince, minutesUntil, nextQuarter, shiftDate, shortDayTime, zoneLabel } from './time';

describe('a civil time', () => {
  it('is one instant in a zone without clock changes', () => {
    expect(civil('2026-11-23T11:00:00', 'America/Guatemala')).toEqual({ kind: 'once', at: Date.parse('2026-11-23T17:00:00Z') });
  });
  it('is one instant on either side of a change', () => {
    expect(civil('2026-03-08T01:59:00', 'America/New_York')).toEqual({ kind: 'once', at: Date.parse('2026-03-08T06:59:00Z') });
    expect(civil('2026-03-08T03:00:00', 'America/New_York')).toEqual({ kind: 'once', at: Date.parse('2026-03-08T07:00:00Z') });
  });
  it('is missing when the clock jumps over it', () => {
    expect(civil('2026-03-08T02:30:00', 'America/New_York')).toEqual({ kind: 'missing' });
  });
  it('comes twice when the clock is put back', () => {
    expect(civil('2026-11-01T01:30:00', 'America/New_York')).toEqual({
      kind: 'twice', first: Date.parse('2026-11-01T05:30:00Z'), second: Date.parse('2026-11-01T06:30:00Z'),
    });
  });
});

describe('a time on the desk', () => {
  it('is said in its own zone', () => {
    expect(clockTime('2026-11-23T17:00:00Z', 'America/Guatemala', ['es'])).toBe('11:00');
    expect(shortDayTime('2026-11-23T05:10:00Z', 'America/Guatemala', ['es'])).toMatch(/^22 nov,? 23:10$/);
  });
  it('names the city and the offset', () => {
    expect(zoneLabel('America/Guatemala', '2026-11-23T17:00:00Z')).toBe('Guatemala, UTC−6');
    expect(zoneLabel('America/New_York', '2026-07-01T00:00:00Z')).toBe('New York, UTC−4');
    expect(zoneLabel('America/St_Johns', '2026-01-01T00:00:00Z')).toBe('St Johns, UTC−3:30');
  });
  it('belongs to the civil date of the zone', () => {
    expect(civilDate('2026-11-23T05:10:00Z', 'America/Guatemala')).toBe('2026-11-22');
    expect(shiftDate('2026-12-31', 1)).toBe('2027-01-01');
  });
  it('offers the next quarter of an hour, over midnight too', () => {
    expect(nextQuarter(Date.parse('2026-11-23T17:01:00Z'), 'America/Guatemala')).toEqual({ date: '2026-11-23', time: '11:15' });
    expect(nextQuarter(Date.parse('2026-11-24T05:50:00Z'), 'America/Guatemala')).toEqual({ date: '2026-11-24', time: '00:00' });
  });
  it('counts whole minutes and never below none', () => {
    const now = Date.parse('2026-11-23T17:00:30Z');
    expect(minutesSince('2026-11-23T16:57:00Z', now)).toBe(3);
    expect(minutesSince('2026-11-23T17:05:00Z', now)).toBe(0);
    expect(minutesUntil('2026-11-23T17:22:00Z', now)).toBe(22);
    expect(minutesUntil('2026-11-23T16:00:00Z', now)).toBe(0);
  });
});
