import { describe, expect, it } from 'vitest';
import { birthOf, blankBirth, gapsIn } from './intake';

const asked = { choice: 'not_asked' as const, note: '', feared: [] };
const whole = { site: 's', names: 'Persona de prueba 14', birth: { ...blankBirth(), kind: 'unknown' as const }, language: 'mam', child: asked, protection: asked };

describe('an intake', () => {
  it('may say of every question that it was not asked', () => expect(gapsIn(whole)).toEqual({}));
  it('may not pass over a question in silence', () => {
    const silent = { choice: undefined, note: '', feared: [] };
    expect(gapsIn({ ...whole, child: silent, protection: silent })).toEqual({ child_in_care: 'choose', protection: 'choose' });
  });
  it('needs names and a language', () => {
    expect(gapsIn({ ...whole, names: '  ', language: '' })).toEqual({ names_as_given: 'missing', language: 'missing' });
  });
});

describe('a birth', () => {
  it('keeps the three kinds apart', () => {
    expect(birthOf({ ...blankBirth(), kind: 'exact', date: '1992-03-14' })).toEqual({ kind: 'exact', date: '1992-03-14' });
    expect(birthOf({ ...blankBirth(), kind: 'approximate', earliest: 1990, latest: 1994 })).toEqual({ kind: 'approximate', year_earliest: 1990, year_latest: 1994 });
    expect(birthOf({ ...blankBirth(), kind: 'unknown' })).toEqual({ kind: 'unknown' });
  });
  it('is not known while nobody chose, and its years may not run backwards', () => {
    expect(birthOf(blankBirth())).toBeUndefined();
    expect(birthOf({ ...blankBirth(), kind: 'approximate', earliest: 1994, latest: 1990 })).toBeUndefined();
    expect(gapsIn({ ...whole, birth: { ...blankBirth(), kind: 'approximate', earliest: 1994, latest: 1990 } })).toEqual({ birth: 'years' });
  });
});
