// Where the call stands, as a union: a page draws one of these and nothing else.
import type { Present, RoomState, Welcome } from './protocol';
import type { VisitType } from '../api/model';
import type { CodePhrase } from '../ui/pictures';

/** What the server said about this visit. Instants are milliseconds on the server's clock. */
export type Room = {
  me: string;
  visitType: VisitType;
  startsAt: number;
  endsAt: number;
  codePhrase: CodePhrase | null;
  checkNumber: string | null;
  /** Add to the clock of this device to get the server's. */
  skewMs: number;
};
/** Time with the other side; a break does not count. */
export type Talk = { ms: number; since: number | null };
export type CallPhase = 'alone' | 'live' | 'paused';

export type Stage =
  | { at: 'connecting' }
  | { at: 'waiting'; room: Room }
  | { at: 'call'; room: Room; phase: CallPhase; participants: Present[]; talk: Talk }
  | { at: 'reconnecting'; room: Room | null; was: 'connecting' | 'waiting' | 'call'; since: number; participants: Present[]; talk: Talk }
  | { at: 'ended'; talkedMs: number }
  | { at: 'not_available' };

export type StageEvent =
  | { type: 'welcome'; welcome: Welcome }
  | { type: 'state'; state: RoomState; participants: Present[]; ends_at: string }
  | { type: 'dropped' }
  | { type: 'ended' }
  | { type: 'refused' };

const NO_TALK: Talk = { ms: 0, since: null };

const talkOf = (stage: Stage): Talk => (stage.at === 'call' || stage.at === 'reconnecting' ? stage.talk : NO_TALK);
const roomOf = (stage: Stage): Room | null => ('room' in stage ? stage.room : null);
const paused = (talk: Talk, now: number): Talk => ({ ms: talk.ms + (talk.since === null ? 0 : now - talk.since), since: null });
const running = (talk: Talk, now: number): Talk => (talk.since === null ? { ms: talk.ms, since: now } : talk);
const ended = (stage: Stage, now: number): Stage => ({ at: 'ended', talkedMs: paused(talkOf(stage), now).ms });

export const isOver = (stage: Stage): boolean => stage.at === 'ended' || stage.at === 'not_available';
export const isInCall = (stage: Stage): boolean => stage.at === 'call' || (stage.at === 'reconnecting' && stage.was === 'call');

function roomFrom(welcome: Welcome, now: number): Room {
  return {
    me: welcome.participant,
    visitType: welcome.visit_type,
    startsAt: Date.parse(welcome.starts_at),
    endsAt: Date.parse(welcome.ends_at),
    codePhrase: welcome.code_phrase?.length === 2 ? welcome.code_phrase : null,
    checkNumber: welcome.check_number || null,
    skewMs: Date.parse(welcome.now) - now,
  };
}

function welcomed(stage: Stage, welcome: Welcome, now: number): Stage {
  const room = roomFrom(welcome, now);
  if (stage.at === 'reconnecting' || stage.at === 'call') return { ...stage, room };
  return { at: 'waiting', room };
}

function moved(stage: Stage, event: Extract<StageEvent, { type: 'state' }>, now: number): Stage {
  const known = roomOf(stage);
  if (!known) return stage;
  const room = { ...known, endsAt: Date.parse(event.ends_at) };
  switch (event.state) {
    case 'waiting':
      return { at: 'waiting', room };
    case 'ended':
      return ended(stage, now);
    case 'not_available':
      return { at: 'not_available' };
    case 'admitted':
    case 'alone':
    case 'live':
    case 'paused': {
      // Admitted, but somebody whom the visit needs is missing: as alone, nothing is forwarded.
      const phase: CallPhase = event.state === 'paused' || event.state === 'live' ? event.state : 'alone';
      const talk = phase === 'live' ? running(talkOf(stage), now) : paused(talkOf(stage), now);
      return { at: 'call', room, phase, participants: event.participants, talk };
    }
  }
}

function dropped(stage: Stage, now: number): Stage {
  if (stage.at === 'reconnecting') return stage;
  const was = stage.at === 'waiting' || stage.at === 'call' ? stage.at : 'connecting';
  const participants = stage.at === 'call' ? stage.participants : [];
  return { at: 'reconnecting', room: roomOf(stage), was, since: now, participants, talk: paused(talkOf(stage), now) };
}

/** Ended and not available are final: no later frame brings a call back. */
export function next(stage: Stage, event: StageEvent, now: number): Stage {
  if (isOver(stage)) return stage;
  switch (event.type) {
    case 'welcome':
      return welcomed(stage, event.welcome, now);
    case 'state':
      return moved(stage, event, now);
    case 'dropped':
      return dropped(stage, now);
    case 'ended':
      return ended(stage, now);
    case 'refused':
      return { at: 'not_available' };
  }
}

/** Whole minutes left, never negative. */
export const minutesLeft = (room: Room, now: number): number => Math.max(0, Math.ceil((room.endsAt - now - room.skewMs) / 60_000));
