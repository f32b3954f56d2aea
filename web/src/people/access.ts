// Names of the audit's actions and purposes in the catalog; a new one shows as it is written.
const actions = [
  'open_case', 'read_case', 'list_cases', 'record_answer', 'record_consent', 'grant', 'withdraw_grant', 'name_contact', 'approve_contact', 'refuse_contact',
  'unmask_phone', 'book_visit', 'cancel_visit', 'read_visit', 'admit', 'turn_away', 'ask_document', 'store_evidence', 'read_evidence', 'write_note',
  'read_claim', 'recommend', 'decide', 'export_case', 'read_access',
] as const;
const purposes = ['care', 'contact_relative', 'schedule', 'verification', 'decision', 'export', 'protection', 'oversight', 'admission', 'visit'] as const;

const within = <Word extends string>(words: readonly Word[], word: string): word is Word => (words as readonly string[]).includes(word);

export const actionKey = (action: string) => (within(actions, action) ? (`access.do_${action}` as const) : undefined);
export const purposeKey = (purpose: string | null) => (purpose !== null && within(purposes, purpose) ? (`access.for_${purpose}` as const) : undefined);
