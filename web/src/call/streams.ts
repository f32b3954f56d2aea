// Whose stream is it: the server names each stream after its participant, without dashes.

const KEY = /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/i;

/** The participant's id, or nothing for a stream that belongs to nobody. */
export function participantOf(streamId: string): string | undefined {
  const parts = KEY.exec(streamId);
  return parts ? parts.slice(1).join('-').toLowerCase() : undefined;
}

export type Far = { participant: string; stream: MediaStream };

/** The stream of one participant put in place of an older one. */
export const withStream = (far: Far[], added: Far): Far[] => [...far.filter((one) => one.participant !== added.participant), added];

/** Streams of people who are not in the visit any more go. Whose websocket broke comes back on the same stream. */
export const keepOnly = (far: Far[], participants: readonly string[]): Far[] =>
  far.every((one) => participants.includes(one.participant)) ? far : far.filter((one) => participants.includes(one.participant));
