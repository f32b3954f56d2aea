// The websocket of the room: one hello, frames both ways, and a pulse that tells a dead path.
import { answered, asked, begin, CALL_PACE, heard, judge, LOBBY_PACE, type Pulse } from './liveness';
import { parseFrame, SUBPROTOCOL, type ClientFrame, type ServerFrame } from './protocol';

const LOOK_EVERY_MS = 100;
/** A phone network needs seconds to set up a connection, not tens of them. */
const OPEN_WITHIN_MS = 8_000;

export type LineEvents = { frame: (frame: ServerFrame) => void; lost: () => void };

const socketUrl = (path: string): string => new URL(path, location.href.replace(/^http/, 'ws')).href;

export class Line {
  #socket: WebSocket;
  #events: LineEvents;
  #pulse: Pulse;
  #pings = 0;
  #pingedAt = 0;
  #timer: ReturnType<typeof setInterval>;
  #openedBy: number;
  #welcomed = false;
  #over = false;
  #pace = LOBBY_PACE;

  constructor(path: string, token: string, events: LineEvents) {
    this.#events = events;
    this.#pulse = begin(performance.now());
    this.#openedBy = performance.now() + OPEN_WITHIN_MS;
    this.#socket = new WebSocket(socketUrl(path), [SUBPROTOCOL]);
    this.#socket.onopen = () => this.send({ type: 'hello', token });
    this.#socket.onmessage = (message) => this.#take(message);
    this.#socket.onclose = () => this.#lose();
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS);
  }

  get rttMs(): number {
    return this.#pulse.rttMs;
  }

  send(frame: ClientFrame): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame));
  }

  /** A call is watched closely, a lobby is not. The first ping of a call learns how slow the path is. */
  watchClosely(closely: boolean): void {
    const pace = closely ? CALL_PACE : LOBBY_PACE;
    if (pace === CALL_PACE && this.#pace !== CALL_PACE) this.#ping(performance.now());
    this.#pace = pace;
  }

  /** Media arrived: the path lives, whatever the socket says. */
  alive(): void {
    this.#pulse = heard(this.#pulse, performance.now());
  }

  #take(message: MessageEvent): void {
    const frame = typeof message.data === 'string' ? parseFrame(message.data) : undefined;
    if (!frame) return;
    const now = performance.now();
    this.#welcomed = true;
    const pong = frame.type === 'pong' && frame.n === this.#pings;
    this.#pulse = pong ? answered(this.#pulse, this.#pingedAt, now) : heard(this.#pulse, now);
    this.#events.frame(frame);
  }

  #look(): void {
    const now = performance.now();
    if (!this.#welcomed) {
      if (now > this.#openedBy) this.#lose();
      return;
    }
    const verdict = judge(this.#pulse, this.#pace, now);
    if (verdict === 'dead') this.#lose();
    if (verdict === 'ask') this.#ping(now);
  }

  #ping(now: number): void {
    this.#pings += 1;
    this.#pingedAt = now;
    this.#pulse = asked(this.#pulse, now);
    this.send({ type: 'ping', n: this.#pings });
  }

  #lose(): void {
    if (this.#over) return;
    this.close();
    this.#events.lost();
  }

  close(): void {
    this.#over = true;
    clearInterval(this.#timer);
    this.#socket.onopen = this.#socket.onmessage = this.#socket.onclose = null;
    this.#socket.close();
  }
}
