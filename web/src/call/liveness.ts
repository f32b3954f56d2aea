// Notices a dead path in about a second while media should flow, and lets a waiting phone save its data.

export type Pace = { quietMs: number; deadMs: number };
/** In a call anything heard counts: packets of media cost nothing extra, a ping is asked only in silence. */
export const CALL_PACE: Pace = { quietMs: 350, deadMs: 900 };
/** In the lobby nothing is urgent. */
export const LOBBY_PACE: Pace = { quietMs: 5_000, deadMs: 12_000 };
/** A slow path is not a dead one: so many of its round trips are waited for. */
const ROUND_TRIPS = 3;
const RTT_MEMORY = 0.8;

export type Pulse = { heardAt: number; pingAt: number | null; rttMs: number };
export type Verdict = 'alive' | 'ask' | 'dead';

export const begin = (now: number): Pulse => ({ heardAt: now, pingAt: null, rttMs: 0 });
export const heard = (pulse: Pulse, now: number): Pulse => ({ ...pulse, heardAt: now, pingAt: null });
export const asked = (pulse: Pulse, now: number): Pulse => ({ ...pulse, pingAt: now });
/** A slow answer is remembered for a while: the next one may be slow again. */
export const answered = (pulse: Pulse, sentAt: number, now: number): Pulse => ({
  heardAt: now,
  pingAt: null,
  rttMs: Math.max(now - sentAt, pulse.rttMs * RTT_MEMORY),
});

export function judge(pulse: Pulse, pace: Pace, now: number): Verdict {
  const silentMs = now - pulse.heardAt;
  const deadMs = Math.max(pace.deadMs, pace.quietMs + ROUND_TRIPS * pulse.rttMs);
  // A page that slept has a silence of its own making: it asks before it judges.
  if (pulse.pingAt === null) return silentMs >= pace.quietMs ? 'ask' : 'alive';
  return silentMs >= deadMs && now - pulse.pingAt >= deadMs - pace.quietMs ? 'dead' : 'alive';
}
