import { describe, expect, it } from 'vitest';
import type { Participant, ParticipantState, TodayVisit, VisitState } from '../desk/model';
import { atTheDoor, door } from './board';

const visit = (id: string, states: ParticipantState[], since = '2026-11-23T10:00:00Z', state: VisitState = 'booked') =>
  ({ id, state, participants: states.map((one, place) => ({ id: `${id}${place}`, state: one, since }) as Participant) }) as TodayVisit;

describe('the door', () => {
  it('is ready when everybody who comes is there', () => {
    expect(door(visit('a', ['waiting', 'waiting']))).toBe('ready');
    expect(door(visit('a', ['waiting', 'admitted']))).toBe('ready');
    expect(door(visit('a', ['waiting', 'turned_away']))).toBe('ready');
  });
  it('lacks somebody who has not come yet', () => expect(door(visit('a', ['waiting', 'expected']))).toBe('one_missing'));
  it('shows who is inside until they leave', () => {
    expect(door(visit('a', ['in_call', 'admitted']))).toBe('inside');
    expect(door(visit('a', ['left', 'left']))).toBeUndefined();
  });
  it('has nobody while nobody came, nor after a visit is over', () => {
    expect(door(visit('a', ['expected', 'expected']))).toBeUndefined();
    expect(door(visit('a', ['waiting', 'waiting'], undefined, 'cancelled'))).toBeUndefined();
  });
});

it('staff see first who is ready, then who has waited longest', () => {
  const order = atTheDoor([
    visit('inside', ['in_call', 'in_call']),
    visit('late', ['waiting', 'expected'], '2026-11-23T10:05:00Z'),
    visit('early', ['waiting', 'expected'], '2026-11-23T10:01:00Z'),
    visit('nobody', ['expected']),
    visit('ready', ['waiting', 'waiting'], '2026-11-23T10:09:00Z'),
  ]);
  expect(order.map((one) => one.visit.id)).toEqual(['ready', 'early', 'late', 'inside']);
});
