import { describe, expect, it } from 'vitest';
import type { Present, Welcome } from './protocol';
import { isOver, minutesLeft, next, type Stage } from './stage';

const NOW = Date.parse('2026-11-23T17:00:00Z');
const welcome: Welcome = {
  participant: 'me',
  visit_type: 'family',
  starts_at: '2026-11-23T17:00:00Z',
  ends_at: '2026-11-23T17:20:00Z',
  now: '2026-11-23T17:00:05Z',
  recorded: false,
  code_phrase: ['moon', 'basket'],
  check_number: '',
  ice: { servers: [] },
};
const one = (id: string, me: boolean): Present => ({ id, kind: me ? 'contact' : 'person', seat: me ? 'link' : 'kiosk', me, present: true, audio: true, video: true });
const both = [one('me', true), one('far', false)];
const welcomed = next({ at: 'connecting' }, { type: 'welcome', welcome }, NOW);
const state = (name: 'waiting' | 'admitted' | 'alone' | 'live' | 'paused' | 'ended' | 'not_available', participants = both) =>
  ({ type: 'state', state: name, participants, ends_at: welcome.ends_at }) as const;

describe('where a call stands', () => {
  it('waits in the lobby after the welcome', () => {
    expect(welcomed.at).toBe('waiting');
  });

  it('is not live while somebody whom the visit needs is missing', () => {
    const stage = next(welcomed, state('admitted'), NOW);
    expect(stage).toMatchObject({ at: 'call', phase: 'alone' });
  });

  it('counts only the time in which the call was live', () => {
    let stage = next(welcomed, state('live'), NOW);
    stage = next(stage, state('paused'), NOW + 60_000);
    stage = next(stage, state('live'), NOW + 300_000);
    stage = next(stage, { type: 'dropped' }, NOW + 330_000);
    stage = next(stage, { type: 'welcome', welcome }, NOW + 390_000);
    stage = next(stage, state('live'), NOW + 390_000);
    stage = next(stage, { type: 'ended' }, NOW + 420_000);
    expect(stage).toEqual({ at: 'ended', talkedMs: 60_000 + 30_000 + 30_000 });
  });

  it('keeps who was there while it connects again', () => {
    const stage = next(next(welcomed, state('live'), NOW), { type: 'dropped' }, NOW + 1);
    expect(stage).toMatchObject({ at: 'reconnecting', was: 'call', participants: both });
  });

  it('goes back to the lobby when the seat is no longer admitted', () => {
    expect(next(next(welcomed, state('live'), NOW), state('waiting', []), NOW + 1).at).toBe('waiting');
  });

  it.each([
    [{ at: 'ended', talkedMs: 5 } as Stage],
    [{ at: 'not_available' } as Stage],
  ])('lets nothing bring back a call that is over', (over) => {
    expect(isOver(over)).toBe(true);
    for (const event of [{ type: 'welcome', welcome }, state('live'), { type: 'dropped' }, { type: 'refused' }] as const) {
      expect(next(over, event, NOW)).toBe(over);
    }
  });

  it('shows refusal, absence and fault as one state', () => {
    expect(next(welcomed, state('not_available'), NOW)).toEqual(next(welcomed, { type: 'refused' }, NOW));
  });

  it('does not believe a state before the welcome', () => {
    expect(next({ at: 'connecting' }, state('live'), NOW)).toEqual({ at: 'connecting' });
  });

  it('counts the minutes left by the clock of the server', () => {
    const stage = next(welcomed, state('live'), NOW);
    if (stage.at !== 'call') throw new Error('not in the call');
    expect(minutesLeft(stage.room, NOW)).toBe(20);
    expect(minutesLeft(stage.room, NOW + 55_001)).toBe(19);
    expect(minutesLeft(stage.room, NOW + 3_600_000)).toBe(0);
  });

  it('draws no words from a phrase that is not whole', () => {
    const stage = next({ at: 'connecting' }, { type: 'welcome', welcome: { ...welcome, code_phrase: [] as never } }, NOW);
    expect(stage).toMatchObject({ at: 'waiting', room: { codePhrase: null, checkNumber: null } });
  });
});
