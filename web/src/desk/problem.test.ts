import { describe, expect, it } from 'vitest';
import type { Failure } from '../api/client';
import { fieldKey, own, problemKey } from './problem';

const problem = (code: string, fields: Record<string, string> = {}): Failure => ({ kind: 'problem', status: 422, code, fields, extra: {} });

describe('a failure', () => {
  it('has its own sentence when the code is known', () => {
    expect(problemKey(problem('four_eyes'))).toBe('problem.four_eyes');
    expect(problemKey(own('passkey_refused'))).toBe('problem.passkey_refused');
  });
  it('still says what to do when the code is new', () => expect(problemKey(problem('http_500'))).toBe('problem.other'));
  it('tells a dead network apart', () => expect(problemKey({ kind: 'unreachable' })).toBe('problem.unreachable'));
});

describe('a field', () => {
  it('shows what the server said about it and nothing about the others', () => {
    const failure = problem('invalid', { phone: 'not_a_phone', zone: 'very_new' });
    expect(fieldKey(failure, 'phone')).toBe('field.not_a_phone');
    expect(fieldKey(failure, 'zone')).toBe('field.other');
    expect(fieldKey(failure, 'country')).toBeUndefined();
    expect(fieldKey(undefined, 'phone')).toBeUndefined();
  });
});
