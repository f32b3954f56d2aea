import { api } from '../api/client';
import { Resource } from './load.svelte';
import type { CaseFile, ClaimSummary, Contact } from './model';

/** One case as its pages read it; what an act answers takes its place. */
export const caseResource = (id: string): Resource<CaseFile> => new Resource(() => api.get<CaseFile>(`/api/cases/${id}`));

export const contactName = (file: CaseFile, id: string | null): string => file.contacts.find((one) => one.id === id)?.names_as_given ?? '';
export const claimOfContact = (file: CaseFile, contact: Contact): ClaimSummary | undefined => file.claims.find((claim) => claim.id === contact.link_claim);
