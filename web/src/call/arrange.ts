// Who is large: the far person, always in the same place; one's own picture last.
import type { ParticipantKind } from '../api/model';
import type { Present } from './protocol';

const rank: Record<ParticipantKind, number> = { person: 0, contact: 1, official: 2, interpreter: 3 };

/** The others who are there, the far person first; the order never follows who speaks. */
export const others = (participants: readonly Present[]): Present[] =>
  participants.filter((one) => !one.me && one.present).sort((a, b) => rank[a.kind] - rank[b.kind] || a.id.localeCompare(b.id));
