// What can be asked for now and why not, and how the server's refusal of a slot is read.
import type { Failure } from '../api/client';
import type { VisitType } from '../desk/model';

export const visitTypes: VisitType[] = ['family', 'verification', 'family_supervised', 'recognition', 'consular', 'legal', 'protection', 'medical'];

/** Why a type cannot be booked yet; the server says the same with a machine reason. */
export const typeBars: Partial<Record<VisitType, 'supervisor' | 'end_to_end'>> = {
  family_supervised: 'supervisor',
  recognition: 'supervisor',
  consular: 'end_to_end',
  legal: 'end_to_end',
  protection: 'end_to_end',
  medical: 'end_to_end',
};

const resources = ['kiosk', 'person', 'contact', 'official'] as const;
export type Taken = (typeof resources)[number];
export type Clash = { taken: Taken[]; next: string[] };

const strings = (value: unknown): string[] => (Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : []);

export function clashOf(failure: Failure | undefined): Clash | undefined {
  if (failure?.kind !== 'problem' || failure.code !== 'slot_not_available') return undefined;
  return { taken: resources.filter((one) => strings(failure.extra.taken).includes(one)), next: strings(failure.extra.next) };
}

const knownMissing = [
  'contact_not_approved', 'consent_missing', 'grant_missing', 'supervisor_missing', 'type_needs_end_to_end_encryption', 'contact_missing',
  'kiosk_missing', 'kiosk_not_enrolled', 'official_missing', 'official_not_verifier', 'level_too_low', 'contact_refused', 'child_needs_supervised_visit',
] as const;
export type MissingKey = `missing.${(typeof knownMissing)[number] | 'other'}`;

/** The machine reasons of `not_possible`, each with its sentence. */
export function missingOf(failure: Failure | undefined): MissingKey[] {
  if (failure?.kind !== 'problem' || failure.code !== 'not_possible') return [];
  return strings(failure.extra.missing).map((code) => {
    const known = knownMissing.find((one) => one === code);
    return known ? (`missing.${known}` as const) : 'missing.other';
  });
}
