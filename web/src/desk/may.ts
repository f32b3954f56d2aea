// What one may do now. The server's `may` tables speak first; where an answer carries none, the roles that its rule names.
import type { May, Role } from './model';
import { session } from './session.svelte';

const rolesFor = {
  take_in: ['intake', 'protection_officer'],
  see_people: ['intake', 'attendant', 'scheduler', 'supervisor', 'verifier', 'decider', 'consul', 'protection_officer'],
  see_today: ['scheduler', 'attendant', 'supervisor', 'verifier', 'consul'],
  record_answer: ['intake', 'protection_officer'],
  record_consent: ['intake', 'attendant', 'protection_officer'],
  grant: ['protection_officer'],
  withdraw_grant: ['protection_officer'],
  read_access: ['protection_officer'],
  name_contact: ['intake', 'attendant', 'protection_officer'],
  vet_contact: ['attendant', 'protection_officer'],
  unmask_phone: ['attendant', 'protection_officer'],
  book: ['scheduler', 'attendant'],
  see_outbox: ['attendant', 'scheduler'],
  admit: ['attendant', 'verifier'],
  turn_away: ['attendant', 'verifier'],
  ask_document: ['verifier'],
  note: ['verifier', 'protection_officer', 'attendant'],
  corroborate: ['verifier', 'protection_officer'],
  recommend: ['verifier'],
  decide: ['decider'],
  export: ['decider', 'protection_officer'],
  manage_kiosks: ['institution_admin'],
} as const satisfies Record<string, readonly Role[]>;
export type Deed = keyof typeof rolesFor;

/** Where somebody lands who names no page: the first that is theirs. */
export const landing = (): 'today' | 'people' | 'kiosks' | 'account' =>
  may('see_today') ? 'today' : may('see_people') ? 'people' : may('manage_kiosks') ? 'kiosks' : 'account';

export function may(deed: Deed, table: May = {}): boolean {
  return table[deed] ?? session.has(...rolesFor[deed]);
}
