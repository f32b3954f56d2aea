// A document request as its official sees it: asked, consented, stored, and how the original was seen.
import type { DocumentKind, DocumentRequest, DocumentSide, EvidenceSummary, HowSeen } from '../desk/model';
import type { ServerFrame } from './protocol';

export type Asking =
  | { at: 'asked' | 'consented' | 'refused'; id: string; document: DocumentKind; side: DocumentSide }
  | { at: 'stored'; id: string; document: DocumentKind; side: DocumentSide; evidence: string | null; sha256: string | null; seen: HowSeen | null };

export function asking(request: DocumentRequest, document: DocumentKind, side: DocumentSide): Asking {
  const about = { id: request.id, document, side };
  if (request.state === 'stored') return { at: 'stored', ...about, evidence: null, sha256: null, seen: null };
  return { at: request.state === 'accepted' ? 'consented' : request.state, ...about };
}

/** The room tells how it went; a request that is over changes no more. */
export function heard(one: Asking, frame: ServerFrame): Asking {
  if (!('request' in frame) || frame.request !== one.id || one.at === 'stored' || one.at === 'refused') return one;
  const about = { id: one.id, document: one.document, side: one.side };
  if (frame.type === 'document_refused') return { at: 'refused', ...about };
  if (frame.type === 'document_stored') return { at: 'stored', ...about, evidence: frame.evidence, sha256: frame.sha256, seen: null };
  return one;
}

export const described = (one: Asking, item: EvidenceSummary): Asking =>
  one.at === 'stored' && one.evidence === item.id ? { ...one, seen: item.how_seen } : one;

export const steps = ['asked', 'consented', 'stored', 'seen'] as const;
/** How many of the four steps are done. */
export function stepsDone(one: Asking): number {
  if (one.at === 'stored') return one.seen ? 4 : 3;
  return one.at === 'consented' ? 2 : 1;
}
