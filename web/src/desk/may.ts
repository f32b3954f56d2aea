// What one may do now. The server's `may` tables speak first; where an answer carries none, the roles that its rule names.
import type { May, Role } from './model';
import { session } from './session.svelte';

const rolesFor = {
  take_in: ['intake'],
  see_people: ['intake', 'attendant', 'scheduler', 'supervisor', 'verifier', 'decider', 'appeal_reviewer', 'consul', 'child_consul', 'protection_officer'],
  see_today: ['attendant', 'scheduler', 'supervisor', 'intake', 'verifier', 'consul', 'child_consul', 'protection_officer'],
  name_contact: ['intake', 'attendant', 'protection_officer'],
  vet_contact: ['attendant', 'protection_officer'],
  unmask_phone: ['attendant', 'protection_officer'],
  book: ['scheduler'],
  ask: ['intake', 'attendant', 'protection_officer'],
  record_consent: ['intake', 'attendant', 'protection_officer'],
  grant: ['intake', 'attendant', 'protection_officer'],
  export: ['protection_officer', 'verifier', 'decider', 'intake'],
  see_outbox: ['attendant', 'scheduler', 'intake', 'protection_officer'],
  admit: ['attendant', 'supervisor', 'verifier', 'consul'],
  turn_away: ['attendant', 'supervisor', 'verifier', 'consul'],
  ask_document: ['verifier', 'consul'],
  recommend: ['verifier'],
  decide: ['decider'],
  note: ['verifier', 'attendant', 'protection_officer'],
  manage_kiosks: ['institution_admin'],
} as const satisfies Record<string, readonly Role[]>;
export type Deed = keyof typeof rolesFor;

/** Where somebody lands who names no page: the first that is theirs. */
export const landing = (): 'today' | 'people' | 'kiosks' | 'account' =>
  may('see_today') ? 'today' : may('see_people') ? 'people' : may('manage_kiosks') ? 'kiosks' : 'account';

export function may(deed: Deed, table: May = {}): boolean {
  return table[deed] ?? session.has(...rolesFor[deed]);
}
