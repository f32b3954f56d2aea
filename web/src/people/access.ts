// Names of the audit's actions and purposes in the catalog; a new one shows as it is written.
const actions = [
  'open_case', 'list_cases', 'read_case', 'record_answer', 'record_consent', 'grant_case', 'withdraw_grant', 'read_access', 'name_contact', 'decide_contact',
  'unmask_phone', 'book_visit', 'cancel_visit', 'read_visit', 'read_day', 'send_code_again', 'read_messages', 'read_out_code', 'arrive_at_visit', 'leave_visit',
  'admit', 'turn_away', 'join_call', 'end_call', 'ask_document', 'answer_document_request', 'read_evidence', 'describe_evidence', 'read_claim', 'add_note',
  'recommend', 'decide', 'export_case', 'read_export',
] as const;
const purposes = ['care', 'scheduling', 'verification', 'export', 'oversight', 'own_visit'] as const;

const within = <Word extends string>(words: readonly Word[], word: string): word is Word => (words as readonly string[]).includes(word);

export const actionKey = (action: string) => (within(actions, action) ? (`access.do_${action}` as const) : undefined);
export const purposeKey = (purpose: string | null) => (purpose !== null && within(purposes, purpose) ? (`access.for_${purpose}` as const) : undefined);
