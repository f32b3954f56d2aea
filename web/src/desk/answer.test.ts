import { expect, it } from 'vitest';
import { answerOf, blank } from './answer';

it('the four kinds of answer stay apart, and silence is none', () => {
  expect(answerOf(blank())).toBeUndefined();
  expect(answerOf({ choice: 'no', note: ' ', feared: ['GT'] })).toEqual({ state: 'answered', value: 'no', note: null, feared_states: [] });
  expect(answerOf({ choice: 'yes', note: 'con su abuela', feared: ['GT'] })).toEqual({ state: 'answered', value: 'yes', note: 'con su abuela', feared_states: ['GT'] });
  for (const choice of ['unknown', 'declined', 'not_asked'] as const) expect(answerOf({ choice, note: 'nothing of this is sent', feared: ['GT'] })).toEqual({ state: choice });
});
