// From the server's codes to the sentences of the catalog. An unknown code still says what to do.
import type { Failure } from '../api/client';

export const problemCodes = [
  'sign_in_needed', 'not_allowed', 'not_found', 'conflict', 'slot_not_available', 'not_possible', 'invalid', 'slow_down', 'step_up_needed',
  'too_large', 'four_eyes', 'wrong_code', 'not_available', 'unreachable', 'passkey_refused', 'step_up_cancelled',
  'consent_missing', 'shielded', 'link_not_valid', 'not_our_day', 'passkey_needed', 'too_many_passkeys', 'call_not_opened',
] as const;
export type ProblemCode = (typeof problemCodes)[number];

export const fieldCodes = [
  'required', 'too_long', 'too_short', 'not_a_phone', 'not_a_date', 'in_the_past', 'unknown', 'out_of_range', 'too_far_ahead',
  'hour_exists_twice', 'hour_does_not_exist',
] as const;
export type FieldCode = (typeof fieldCodes)[number];

const isOneOf = <Code extends string>(codes: readonly Code[], code: string): code is Code => (codes as readonly string[]).includes(code);

export function problemKey(failure: Failure): `problem.${ProblemCode | 'other'}` {
  if (failure.kind === 'unreachable') return 'problem.unreachable';
  return isOneOf(problemCodes, failure.code) ? `problem.${failure.code}` : 'problem.other';
}

export function fieldKey(failure: Failure | undefined, field: string): `field.${FieldCode | 'other'}` | undefined {
  if (failure?.kind !== 'problem') return undefined;
  const code = failure.fields[field];
  if (code === undefined) return undefined;
  return isOneOf(fieldCodes, code) ? `field.${code}` : 'field.other';
}

/** A failure that the page itself found, in the server's shape. */
export const own = (code: ProblemCode): Failure => ({ kind: 'problem', status: 0, code, fields: {}, extra: {} });
