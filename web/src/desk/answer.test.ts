import { expect, it } from 'vitest';
import { answerOf, blank } from './answer';

it('the four kinds of answer stay apart, and silence is none', () => {
  expect(answerOf(blank())).toBeUndefined();
  expect(answerOf({ choice: 'no', note: ' ' })).toEqual({ state: 'answered', value: 'no', note: null });
  expect(answerOf({ choice: 'yes', note: 'con su abuela' })).toEqual({ state: 'answered', value: 'yes', note: 'con su abuela' });
  for (const choice of ['unknown', 'declined', 'not_asked'] as const) expect(answerOf({ choice, note: 'nothing of this is sent' })).toEqual({ state: choice });
});
