// From the server's codes to the sentences of the catalog. An unknown code still says what to do.
import type { Failure } from '../api/client';
import { every, type Schemas } from '../api/model';

export type ProblemCode = Exclude<Schemas['ProblemCode'], Elsewhere> | 'unreachable' | 'step_up_cancelled';
/** Codes that answer a phone, a kiosk or a broken client, never a desk. */
type Elsewhere =
  | 'answered_otherwise' | 'broken_off' | 'hash_differs' | 'json_needed' | 'method_not_allowed' | 'not_accepted' | 'not_an_image' | 'not_enrolled'
  | 'other_origin' | 'stored_otherwise' | 'subprotocol_needed' | 'too_slow' | 'websocket_needed' | 'wrong_code';
/** A code that the server gains is a type error here until it has its sentence. */
export const problemCodes = every<ProblemCode>()(
  'sign_in_needed', 'not_allowed', 'not_found', 'conflict', 'slot_not_available', 'not_possible', 'invalid', 'slow_down', 'step_up_needed',
  'too_large', 'four_eyes', 'not_available', 'unreachable', 'passkey_refused', 'step_up_cancelled', 'consent_missing', 'shielded',
  'link_not_valid', 'not_our_day', 'passkey_needed', 'too_many_passkeys', 'call_not_opened', 'busy', 'call_not_live', 'erased',
  'fear_not_asked', 'nothing_recommended', 'recommendation_open', 'not_ready', 'too_early', 'too_many_requests', 'visit_takes_no_documents',
);

/** The last two are found by the page itself. */
export type FieldCode = Schemas['FieldCode'] | 'too_short' | 'not_a_date';
export const fieldCodes = every<FieldCode>()(
  'required', 'too_long', 'too_short', 'length', 'not_a_phone', 'not_a_date', 'in_the_past', 'unknown', 'unknown_zone', 'out_of_range',
  'too_far_ahead', 'hour_exists_twice', 'hour_does_not_exist', 'not_for_this_type', 'not_understood', 'only_for_other', 'only_for_yes', 'six_digits',
);

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
