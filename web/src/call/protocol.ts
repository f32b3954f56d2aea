// The frames of the room's websocket, subprotocol reencuentro.v1.
import type { DocumentKind, DocumentSide, ParticipantKind, SeatKind, VisitType } from '../api/model';
import type { CodePhrase } from '../ui/pictures';

export const SUBPROTOCOL = 'reencuentro.v1';
/** The server refuses longer messages. */
export const CHAT_LONGEST = 500;

export type TrackKind = 'audio' | 'video';
export type Present = {
  id: string;
  kind: ParticipantKind;
  seat: SeatKind;
  me: boolean;
  present: boolean;
  audio: boolean;
  video: boolean;
};
export type RoomState = 'waiting' | 'admitted' | 'live' | 'alone' | 'paused' | 'ended' | 'not_available';

export type Welcome = {
  type: 'welcome';
  participant: string;
  visit_type: VisitType;
  starts_at: string;
  ends_at: string;
  now: string;
  recorded: false;
  code_phrase: CodePhrase | null;
  check_number: string | null;
  ice: { servers: RTCIceServer[] };
};
export type ErrorCode =
  | 'token_refused'
  | 'hello_expected'
  | 'hello_twice'
  | 'malformed'
  | 'too_large'
  | 'slow_down'
  | 'too_slow'
  | 'not_now'
  | 'not_allowed'
  | 'description_refused'
  | 'stale_answer'
  | 'text_too_long'
  | 'replaced'
  | 'server_restarting'
  | 'unavailable';
export type ServerFrame =
  | Welcome
  | { type: 'state'; state: RoomState; participants: Present[]; ends_at: string }
  | { type: 'published'; answer: string }
  | { type: 'offer'; version: number; offer: string }
  | { type: 'chat'; from: string; text: string; at: string }
  | { type: 'pong'; n: number }
  | { type: 'document_asked'; request: string; document: DocumentKind; side: DocumentSide }
  | { type: 'document_stored'; request: string; evidence: string; sha256: string }
  | { type: 'document_refused'; request: string }
  | { type: 'ended' }
  | { type: 'error'; code: ErrorCode; fatal: boolean };

export type ClientFrame =
  | { type: 'hello'; token: string }
  | { type: 'publish'; offer: string }
  | { type: 'subscribe' }
  | { type: 'answer'; version: number; answer: string }
  | { type: 'mute'; kind: TrackKind; muted: boolean }
  | { type: 'chat'; text: string }
  | { type: 'ping'; n: number }
  | { type: 'leave' }
  | { type: 'end' };

/** A frame that is no object with a type is nothing to us. */
export function parseFrame(text: string): ServerFrame | undefined {
  try {
    const frame: unknown = JSON.parse(text);
    if (typeof frame === 'object' && frame !== null && typeof (frame as { type?: unknown }).type === 'string') return frame as ServerFrame;
  } catch {
    // Falls through: the same as an unknown frame.
  }
  return undefined;
}
