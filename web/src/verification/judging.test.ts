import { describe, expect, it } from 'vitest';
import type { ClaimFile, Judgement } from '../desk/model';
import { bar } from './judging';

const judgement: Judgement = { conclusion: 'uphold', reasons: '', counter_evidence: null, by: { id: 'b', name: 'Oficial B' }, at: '' };
const having = (own_role: ClaimFile['own_role']) => ({ recommendation: null, decision: null, own_role });
const fresh = having(null);
const recommended = { ...fresh, recommendation: judgement };

describe('a recommendation', () => {
  it('is open to who may, once', () => {
    expect(bar('recommendation', fresh, true)).toBeUndefined();
    expect(bar('recommendation', fresh, false)).toBe('role');
    expect(bar('recommendation', recommended, true)).toBe('already');
  });
  it('is never for who decided on this claim before', () => expect(bar('recommendation', having('decider'), true)).toBe('four_eyes'));
});

describe('a decision', () => {
  it('waits for a recommendation', () => expect(bar('decision', fresh, true)).toBe('no_recommendation'));
  it('is never for who recommended on this claim', () => expect(bar('decision', { ...having('verifier'), recommendation: judgement }, true)).toBe('four_eyes'));
  it('is open to another person who decides', () => expect(bar('decision', recommended, true)).toBeUndefined());
  it('is closed to who does not decide, and after it was made', () => {
    expect(bar('decision', recommended, false)).toBe('role');
    expect(bar('decision', { ...recommended, decision: judgement }, true)).toBe('already');
  });
});
