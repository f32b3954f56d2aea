// The frames of the room's websocket, subprotocol reencuentro.v1; their shapes are the server's own.
import type { Schemas } from '../api/model';

export const SUBPROTOCOL = 'reencuentro.v1';
/** The server refuses longer messages. */
export const CHAT_LONGEST = 500;

export type TrackKind = Schemas['MediaKind'];
export type Present = Schemas['Seen'];
export type RoomState = Schemas['Situation'];
export type Welcome = Schemas['Welcome'];
export type ErrorCode = Schemas['ErrorCode'];
export type ServerFrame = Schemas['ServerMessage'];
export type ClientFrame = Schemas['ClientMessage'];

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
