// The version of what was said or shown goes into the consent. A changed text in the catalogs gets a new version here and in the server's list.
import type { Schemas } from '../api/model';
import type { Purpose } from '../desk/model';

export const consentTextVersion: Record<Purpose, Schemas['ConsentText']> = {
  contact_relative: 'contact-relative-1',
  verification: 'verification-1',
  share_with_institution: 'share-with-institution-1',
};
