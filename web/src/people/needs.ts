// What a family visit of this case still needs, as far as the case's own file tells. The server decides at booking.
import type { CaseFile, Consent, Purpose } from '../desk/model';

export type Need = { code: 'contact_named' | 'contact_approved' | 'consent_contact'; met: boolean };

/** Consents are events: the last one about the same thing is what holds. */
export function holds(consents: Consent[], purpose: Purpose, about: { contact?: string; institution?: string } = {}): boolean {
  const idOf = (ref: Consent['recipient_institution']): string | undefined => (ref === null ? undefined : typeof ref === 'string' ? ref : ref.id);
  const last = consents
    .filter((one) => one.purpose === purpose)
    .filter((one) => about.contact === undefined || one.contact === about.contact)
    .filter((one) => about.institution === undefined || idOf(one.recipient_institution) === about.institution)
    .sort((a, b) => a.at.localeCompare(b.at))
    .at(-1);
  return last?.outcome === 'given';
}

export function needsOfVisit(file: Pick<CaseFile, 'contacts' | 'consents'>): Need[] {
  const approved = file.contacts.filter((contact) => contact.state.kind === 'approved');
  return [
    { code: 'contact_named', met: file.contacts.length > 0 },
    { code: 'consent_contact', met: holds(file.consents, 'contact_relative') },
    { code: 'contact_approved', met: approved.length > 0 },
  ];
}
