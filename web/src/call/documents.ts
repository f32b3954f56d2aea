// A photo of a document: asked for, aimed, seen before it goes, sent or declined. The call goes on all the time.
import { api, isProblem } from '../api/client';
import type { DocumentKind, DocumentSide } from '../api/model';
import type { MediaFault, Opened } from './media';
import { dropStill, sendStill, takeStill, type Still } from './still';

export type Ask = { request: string; document: DocumentKind; side: DocumentSide };
export type DocumentState =
  | { at: 'none' }
  | { at: 'asked'; ask: Ask }
  | { at: 'aiming'; ask: Ask; fault: MediaFault | 'blurred' | null; taking: boolean }
  | { at: 'taken'; ask: Ask; still: Still }
  | { at: 'sending'; ask: Ask; still: Still; attempt: number }
  /** Nothing is lost: the still is here and goes when the person or the network wants. */
  | { at: 'unsent'; ask: Ask; still: Still; why: 'no_answer' | 'not_accepted' }
  | { at: 'stored'; ask: Ask };

export type Camera = {
  open: (facing: 'environment' | 'user') => Promise<Opened>;
  track: () => MediaStreamTrack | null;
  /** Puts things back as they were before the photo. */
  restore: () => Promise<void>;
};
/** Which text the person saw and in which language: the consent names both. */
export type Shown = { text_version: string; language: string };

export class DocumentFlow {
  #state: DocumentState = { at: 'none' };
  #waiting: Ask[] = [];

  constructor(
    private readonly camera: Camera,
    private readonly shown: () => Shown,
    private readonly changed: () => void,
  ) {}

  get state(): DocumentState {
    return this.#state;
  }

  #go(state: DocumentState): void {
    this.#state = state;
    this.changed();
  }

  ask(ask: Ask): void {
    const known = this.#state.at !== 'none' && this.#state.ask.request === ask.request;
    if (known || this.#waiting.some((one) => one.request === ask.request)) return;
    if (this.#state.at === 'none') this.#go({ at: 'asked', ask });
    else this.#waiting.push(ask);
  }

  /** The room says so too: an upload whose answer was lost has arrived all the same. */
  stored(request: string): void {
    const state = this.#state;
    if ((state.at === 'sending' || state.at === 'unsent') && state.ask.request === request) {
      dropStill(state.still);
      this.#go({ at: 'stored', ask: state.ask });
    }
  }

  async aim(facing: 'environment' | 'user' = 'environment'): Promise<void> {
    const state = this.#state;
    if (state.at === 'none' || state.at === 'sending' || state.at === 'stored') return;
    if (state.at === 'taken' || state.at === 'unsent') dropStill(state.still);
    this.#go({ at: 'aiming', ask: state.ask, fault: null, taking: false });
    const opened = await this.camera.open(facing);
    if (!opened.ok && this.#state.at === 'aiming') this.#go({ at: 'aiming', ask: state.ask, fault: opened.fault, taking: false });
  }

  async take(): Promise<void> {
    const state = this.#state;
    const track = this.camera.track();
    if (state.at !== 'aiming' || state.taking || !track) return;
    this.#go({ ...state, taking: true });
    try {
      this.#go({ at: 'taken', ask: state.ask, still: await takeStill(track) });
    } catch {
      this.#go({ at: 'aiming', ask: state.ask, fault: 'blurred', taking: false });
    }
  }

  /** The yes is given for the image that the person has seen. */
  async send(): Promise<void> {
    const state = this.#state;
    if (state.at !== 'taken' && state.at !== 'unsent') return;
    const { ask, still } = state;
    this.#go({ at: 'sending', ask, still, attempt: 1 });
    const consent = await api.post(`/api/join/document-requests/${ask.request}/answer`, { accepted: true, ...this.shown() });
    if (!consent.ok && !isProblem(consent.failure, 'conflict')) {
      this.#go({ at: 'unsent', ask, still, why: consent.failure.kind === 'unreachable' ? 'no_answer' : 'not_accepted' });
      return;
    }
    const sent = await sendStill(ask.request, still, (attempt) => this.#tried(attempt));
    if (sent.ok) this.stored(ask.request);
    else if (this.#state.at === 'sending') {
      this.#go({ at: 'unsent', ask, still, why: sent.failure.kind === 'unreachable' || sent.failure.status >= 500 ? 'no_answer' : 'not_accepted' });
    }
  }

  #tried(attempt: number): void {
    if (this.#state.at === 'sending') this.#go({ ...this.#state, attempt });
  }

  /** A no goes out at once and asks for nothing more. */
  async decline(): Promise<void> {
    const state = this.#state;
    if (state.at === 'none' || state.at === 'stored' || state.at === 'sending') return;
    const { request } = state.ask;
    this.close();
    for (let tries = 0; tries < 3; tries += 1) {
      const answer = await api.post(`/api/join/document-requests/${request}/answer`, { accepted: false, ...this.shown() });
      if (answer.ok || answer.failure.kind === 'problem') return;
    }
  }

  close(): void {
    if (this.#state.at === 'taken' || this.#state.at === 'unsent') dropStill(this.#state.still);
    void this.camera.restore();
    const ask = this.#waiting.shift();
    this.#go(ask ? { at: 'asked', ask } : { at: 'none' });
  }
}
