import { describe, expect, it } from 'vitest';
import type { Consent, Contact } from '../desk/model';
import { holds, needsOfVisit } from './needs';

const consent = (over: Partial<Consent>): Consent => ({
  id: 'c', purpose: 'contact_relative', recipient_institution: null, contact: null, given_by: 'person', outcome: 'given', language: 'es',
  mode: 'spoken', text_version: 'contact-relative-1', witness: null, at: '2026-11-23T10:00:00Z', recorded_by: { id: 'o', name: 'Oficial A' }, ...over,
});
const contact = (kind: 'named' | 'approved'): Contact => ({ id: 'k', state: { kind, at: '' } }) as Contact;

describe('a consent', () => {
  it('holds until it is withdrawn, in whatever order the events arrive', () => {
    const given = consent({});
    const withdrawn = consent({ outcome: 'withdrawn', at: '2026-11-23T11:00:00Z' });
    expect(holds([given], 'contact_relative')).toBe(true);
    expect(holds([withdrawn, given], 'contact_relative')).toBe(false);
  });
  it('speaks for its own purpose, contact and institution only', () => {
    const shared = consent({ purpose: 'share_with_institution', recipient_institution: { id: 'i1', name: 'Institución de prueba' } });
    expect(holds([shared], 'share_with_institution', { institution: 'i1' })).toBe(true);
    expect(holds([shared], 'share_with_institution', { institution: 'i2' })).toBe(false);
    expect(holds([shared], 'verification')).toBe(false);
    expect(holds([consent({ contact: 'k1' })], 'contact_relative', { contact: 'k2' })).toBe(false);
  });
});

describe('a family visit', () => {
  it('needs a named and approved contact and the consent to call them', () => {
    expect(needsOfVisit({ contacts: [], consents: [] }).map((need) => need.met)).toEqual([false, false, false]);
    expect(needsOfVisit({ contacts: [contact('named')], consents: [consent({})] }).map((need) => need.met)).toEqual([true, true, false]);
    expect(needsOfVisit({ contacts: [contact('approved')], consents: [consent({})] }).every((need) => need.met)).toBe(true);
  });
});
