import { describe, expect, it } from 'vitest';
import type { EvidenceSummary } from '../desk/model';
import { asking, described, heard, stepsDone } from './asking';

const asked = asking({ id: 'r1', state: 'asked', document: 'passport', side: 'front', asked_at: '', evidence: null }, 'passport', 'front');
const stored = { type: 'document_stored', request: 'r1', evidence: 'e1', sha256: 'ab' } as const;

describe('a document that was asked for', () => {
  it('is stored with its hash when the room says so', () => {
    const now = heard(asked, stored);
    expect(now).toMatchObject({ at: 'stored', evidence: 'e1', sha256: 'ab', seen: null });
    expect([stepsDone(asked), stepsDone(now)]).toEqual([1, 3]);
  });
  it('may be declined, and then nothing more comes of it', () => {
    const declined = heard(asked, { type: 'document_refused', request: 'r1' });
    expect(declined.at).toBe('refused');
    expect(heard(declined, stored).at).toBe('refused');
  });
  it('does not listen to what is said about another request', () => {
    expect(heard(asked, { ...stored, request: 'r2' })).toBe(asked);
    expect(heard(asked, { type: 'pong', n: 1 })).toBe(asked);
  });
  it('is complete when it is written how the original was seen', () => {
    const now = described(heard(asked, stored), { id: 'e1', how_seen: 'original_held_to_camera' } as EvidenceSummary);
    expect(stepsDone(now)).toBe(4);
  });
});
