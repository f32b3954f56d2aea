// What the kiosk shows, from the staff's code to the end of a visit.
import { api, isProblem, type Failure } from '../api/client';
import type { JoinVisit } from '../api/model';
import { enrol, openSession, type Kiosk } from './device';
import { leaveSeat, wipeStorage } from './wipe';

export type CodeFault = { kind: 'wrong'; triesLeft: number | null } | { kind: 'slow_down' } | { kind: 'no_network' };
export type EnrolFault = 'wrong' | 'no_network';
export type Screen =
  | { at: 'loading' }
  | { at: 'enrol'; busy: boolean; fault: EnrolFault | null; revoked: boolean }
  | { at: 'offline' }
  | { at: 'language'; kiosk: Kiosk }
  | { at: 'code'; kiosk: Kiosk; busy: boolean; fault: CodeFault | null }
  | { at: 'too_early'; kiosk: Kiosk; opensAt: Date }
  | { at: 'visit'; kiosk: Kiosk; visit: JoinVisit }
  | { at: 'not_available'; kiosk: Kiosk };

const TRY_AGAIN_MS = 5_000;
const HEARTBEAT_MS = 20_000;
/** One lost heartbeat is noise, two are a lost connection. */
const MISSED_ENOUGH = 2;

export class KioskScreen {
  now = $state.raw<Screen>({ at: 'loading' });
  #missed = 0;
  #opening = false;

  /** What a power cut left behind goes before anybody sees anything. */
  async open(): Promise<void> {
    if (this.#opening) return;
    this.#opening = true;
    await wipeStorage();
    const session = await openSession();
    const left = session.at === 'open' && (await leaveSeat());
    this.#opening = false;
    this.#missed = 0;
    if (session.at === 'not_enrolled' || session.at === 'revoked') {
      this.now = { at: 'enrol', busy: false, fault: null, revoked: session.at === 'revoked' };
    } else if (session.at === 'offline' || !left) {
      this.now = { at: 'offline' };
      setTimeout(() => void this.open(), TRY_AGAIN_MS);
    } else this.now = { at: 'language', kiosk: session.kiosk };
  }

  beat(): () => void {
    const timer = setInterval(() => void this.#heartbeat(), HEARTBEAT_MS);
    const lost = () => void this.#heartbeat();
    window.addEventListener('offline', lost);
    window.addEventListener('online', lost);
    return () => {
      clearInterval(timer);
      window.removeEventListener('offline', lost);
      window.removeEventListener('online', lost);
    };
  }

  async #heartbeat(): Promise<void> {
    const { at } = this.now;
    if (at === 'loading' || at === 'enrol' || at === 'offline') return;
    const answer = await api.post('/api/kiosk/heartbeat', {}, { timeoutMs: TRY_AGAIN_MS });
    this.#missed = answer.ok ? 0 : this.#missed + 1;
    // In a visit the call tells by itself what the connection does.
    if (this.now.at === 'visit' || answer.ok) return;
    const refused = answer.failure.kind === 'problem' && answer.failure.status < 500;
    if (refused || this.#missed >= MISSED_ENOUGH || !navigator.onLine) void this.open();
  }

  async enrol(code: string): Promise<void> {
    const revoked = this.now.at === 'enrol' && this.now.revoked;
    this.now = { at: 'enrol', busy: true, fault: null, revoked };
    const done = await enrol(code);
    if (done.ok) return this.open();
    const heard = done.failure.kind === 'problem' && done.failure.status < 500;
    this.now = { at: 'enrol', busy: false, fault: heard ? 'wrong' : 'no_network', revoked };
  }

  chose(kiosk: Kiosk): void {
    this.now = { at: 'code', kiosk, busy: false, fault: null };
  }

  async begin(kiosk: Kiosk, digits: string): Promise<void> {
    this.now = { at: 'code', kiosk, busy: true, fault: null };
    let answer = await api.post<JoinVisit>('/api/kiosk/start', { digits });
    // The screen's own session may have run out overnight.
    if (!answer.ok && isProblem(answer.failure, 'sign_in_needed') && (await openSession()).at === 'open') {
      answer = await api.post<JoinVisit>('/api/kiosk/start', { digits });
    }
    if (!answer.ok) this.now = screenFor(kiosk, answer.failure);
    else if (answer.body.state === 'too_early') this.now = { at: 'too_early', kiosk, opensAt: new Date(answer.body.opens_at) };
    else if (answer.body.state === 'waiting' || answer.body.state === 'admitted') this.now = { at: 'visit', kiosk, visit: answer.body };
    else this.now = { at: 'not_available', kiosk };
  }
}

function screenFor(kiosk: Kiosk, failure: Failure): Screen {
  const again = (fault: CodeFault): Screen => ({ at: 'code', kiosk, busy: false, fault });
  if (failure.kind === 'unreachable' || failure.status >= 500) return again({ kind: 'no_network' });
  if (isProblem(failure, 'slow_down')) return again({ kind: 'slow_down' });
  if (isProblem(failure, 'too_early') && typeof failure.extra.opens_at === 'string') {
    return { at: 'too_early', kiosk, opensAt: new Date(failure.extra.opens_at) };
  }
  if (isProblem(failure, 'not_available')) return { at: 'not_available', kiosk };
  const tries = failure.extra.tries_left;
  return again({ kind: 'wrong', triesLeft: typeof tries === 'number' ? tries : null });
}
