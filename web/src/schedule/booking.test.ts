import { describe, expect, it } from 'vitest';
import type { Failure } from '../api/client';
import { clashOf, missingOf, typeBars, visitTypes } from './booking';

const problem = (code: string, extra: Record<string, unknown>): Failure => ({ kind: 'problem', status: 409, code, fields: {}, extra });

describe('a slot that is taken', () => {
  it('says what is taken and what comes next', () => {
    expect(clashOf(problem('slot_not_available', { taken: ['kiosk', 'contact'], next: ['2026-11-23T11:30:00'] }))).toEqual({
      taken: ['kiosk', 'contact'],
      next: ['2026-11-23T11:30:00'],
    });
  });
  it('is still a clash when the server gives no detail', () => {
    expect(clashOf(problem('slot_not_available', {}))).toEqual({ taken: [], next: [] });
  });
  it('is nothing else', () => expect(clashOf(problem('conflict', { taken: ['kiosk'] }))).toBeUndefined());
});

describe('a visit that is not possible yet', () => {
  it('names each missing thing, a new one too', () => {
    expect(missingOf(problem('not_possible', { missing: ['consent_missing', 'brand_new'] }))).toEqual(['missing.consent_missing', 'missing.other']);
    expect(missingOf(problem('invalid', { missing: ['consent_missing'] }))).toEqual([]);
  });
});

it('only family and verification are open to booking now', () => {
  expect(visitTypes.filter((type) => !typeBars[type])).toEqual(['family', 'verification']);
});
