// Where the relative stands between the link and the lobby. Opening the page only reads.
import { api, isProblem, type Failure } from '../api/client';
import { openWanted } from '../call/media';
import { sha256Hex } from '../call/still';
import type { JoinVisit } from '../api/model';
import { isLocale } from '../i18n.svelte';
import { speak } from './words';

export type CodeFault = { kind: 'wrong'; triesLeft: number } | { kind: 'slow_down' } | { kind: 'no_network' };
export type JoinPage =
  | { at: 'loading' }
  | { at: 'offline' }
  | { at: 'invitation' }
  | { at: 'code'; busy: boolean; fault: CodeFault | null }
  /** `goOn` tries again when it is time. The other side's zone is known only to who gave the code. */
  | { at: 'too_early'; opensAt: Date; visit: JoinVisit | null; goOn: () => void }
  | { at: 'check'; visit: JoinVisit }
  | { at: 'call'; visit: JoinVisit; audio: MediaStreamTrack | undefined; video: MediaStreamTrack | undefined; silent: boolean }
  | { at: 'over' }
  /** Used on another phone, expired, replaced: the server does not say which. */
  | { at: 'closed' }
  | { at: 'not_available' };

/** What was being sent; stays in the history entry, so that a reload turns on nothing that was off. */
export type Sent = { voice: boolean; picture: boolean };

/** Remembers which link this phone's seat belongs to, as a hash. */
const SEAT = 'seat';
const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

export class Arrival {
  page = $state.raw<JoinPage>({ at: 'loading' });
  /** The person chose a language here; the visit's own no longer overrules it. */
  #chosen = false;

  constructor(private readonly token: string) {}

  /** A reload on the same phone goes on without a code. */
  async resume(): Promise<void> {
    this.page = { at: 'loading' };
    if (await this.#isForeign().catch(() => false)) {
      this.page = { at: 'invitation' };
      return;
    }
    const answer = await api.get<JoinVisit>('/api/join/visit');
    if (answer.ok) await this.#enter(answer.body);
    else if (answer.failure.kind === 'unreachable') this.page = { at: 'offline' };
    else this.page = { at: 'invitation' };
  }

  choseLanguage(): void {
    this.#chosen = true;
  }

  askCode(): void {
    this.page = { at: 'code', busy: false, fault: null };
  }

  async redeem(code: string): Promise<void> {
    this.page = { at: 'code', busy: true, fault: null };
    const answer = await api.post<JoinVisit>('/api/join/redeem', { token: this.token, code });
    if (answer.ok) {
      await this.#remember().catch(() => undefined);
      await this.#enter(answer.body);
    } else this.page = pageFor(answer.failure, () => void this.redeem(code));
  }

  call(visit: JoinVisit, audio: MediaStreamTrack | undefined, video: MediaStreamTrack | undefined, silent = false): void {
    this.page = { at: 'call', visit, audio, video, silent };
  }

  /** The seat's cookie names no link: a phone with an older visit's seat must not take it for this one's. */
  async #isForeign(): Promise<boolean> {
    const known = localStorage.getItem(SEAT);
    return known !== null && known !== (await this.#mark());
  }

  /** A browser that stores nothing only loses the way to tell two links apart. */
  async #remember(): Promise<void> {
    localStorage.setItem(SEAT, await this.#mark());
  }

  #mark(): Promise<string> {
    return sha256Hex(new TextEncoder().encode(this.token).buffer);
  }

  async #enter(visit: JoinVisit): Promise<void> {
    if (!this.#chosen && isLocale(visit.locale)) await speak(visit.locale);
    if (visit.state === 'over') this.page = { at: 'over' };
    else if (visit.state === 'not_available') this.page = { at: 'not_available' };
    else if (visit.state === 'too_early') this.page = { at: 'too_early', opensAt: new Date(visit.opens_at), visit, goOn: () => void this.resume() };
    else if (visit.state === 'admitted') await this.#goOn(visit);
    else this.page = { at: 'check', visit };
  }

  /** A reload in the call: back in without a question. What opens anew, or not at all, is looked at first. */
  async #goOn(visit: JoinVisit): Promise<void> {
    const sent = history.state as Sent | null;
    const opened = sent && (await openWanted(sent.picture));
    if (!sent || !opened?.microphone.ok) this.page = { at: 'check', visit };
    else this.call(visit, opened.microphone.track, opened.camera?.ok ? opened.camera.track : undefined, !sent.voice);
  }
}

function pageFor(failure: Failure, goOn: () => void): JoinPage {
  const again = (fault: CodeFault): JoinPage => ({ at: 'code', busy: false, fault });
  if (failure.kind === 'unreachable' || failure.status >= 500) return again({ kind: 'no_network' });
  if (isProblem(failure, 'wrong_code')) return again({ kind: 'wrong', triesLeft: Number(failure.extra.tries_left ?? 0) });
  if (isProblem(failure, 'slow_down')) return again({ kind: 'slow_down' });
  const opensAt = text(failure.extra.opens_at);
  if (isProblem(failure, 'too_early') && opensAt) return { at: 'too_early', opensAt: new Date(opensAt), visit: null, goOn };
  return { at: 'closed' };
}
