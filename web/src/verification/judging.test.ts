import { describe, expect, it } from 'vitest';
import type { Judgement } from '../desk/model';
import { bar } from './judging';

const judgement: Judgement = { conclusion: 'uphold', reasons: '', counter_evidence: null, by: { id: 'b', name: 'Oficial B' }, at: '' };
const fresh = { recommendation: null, decision: null };
const recommended = { recommendation: judgement, decision: null };

describe('a recommendation', () => {
  it('is open to who may, once', () => {
    expect(bar('recommendation', fresh, true, false)).toBeUndefined();
    expect(bar('recommendation', fresh, false, false)).toBe('role');
    expect(bar('recommendation', recommended, true, false)).toBe('already');
  });
});

describe('a decision', () => {
  it('waits for a recommendation', () => expect(bar('decision', fresh, true, false)).toBe('no_recommendation'));
  it('is never for who recommended, whatever the table says', () => expect(bar('decision', recommended, true, true)).toBe('four_eyes'));
  it('is open to another person who decides', () => expect(bar('decision', recommended, true, false)).toBeUndefined());
  it('is closed to who does not decide, and after it was made', () => {
    expect(bar('decision', recommended, false, false)).toBe('role');
    expect(bar('decision', { ...recommended, decision: judgement }, true, false)).toBe('already');
  });
});
