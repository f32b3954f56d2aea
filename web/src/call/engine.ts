// The call, without a page: room token, websocket, two peer connections, and the way back after every break.
import { api, type Failure } from '../api/client';
import type { SignalStrength } from '../ui/level';
import { DocumentFlow, type DocumentState, type Shown } from './documents';
import { Line } from './line';
import type { Facing, Opened } from './media';
import { between, freshMeter, helpFor, measure, noTotals, total, type Help, type Meter, type Totals } from './meter';
import { OwnMedia, type Mine } from './mine';
import { Publisher, Subscriber } from './peers';
import { CHAT_LONGEST, type ErrorCode, type ServerFrame, type TrackKind } from './protocol';
import { REFUSALS_ENOUGH, waitBefore } from './reconnect';
import { isOver, next, type Stage, type StageEvent } from './stage';
import { keepOnly, participantOf, withStream, type Far } from './streams';
import { stayAwake } from './wake';

export type ChatLine = { from: string; mine: boolean; text: string; at: string };
/** Everything that a page may draw. */
export type CallView = {
  stage: Stage;
  mine: Mine;
  far: Far[];
  /** Participants whose voice is heard now. */
  speaking: string[];
  signal: SignalStrength;
  help: Help;
  chat: ChatLine[];
  document: DocumentState;
};
export type CallOptions = {
  /** Officials name their visit; a seat knows its own. */
  visit: string | null;
  audio?: MediaStreamTrack | undefined;
  video?: MediaStreamTrack | undefined;
  /** Which consent text a document request shows. */
  shown: () => Shown;
  /** Every frame, for a page that also watches what it does not draw: who asked for a document sees how it went. */
  overheard?: (frame: ServerFrame) => void;
};

const TICK_MS = 125;
const STATS_EVERY_TICKS = 8;
/** Louder than a breath; measured in the scale of RTCRtpContributingSource. */
const SPEAKING_LOUDNESS = 0.02;
/** Older lines leave the page: nothing of the chat is kept. */
const CHAT_LINES = 100;

export class Call {
  #options: CallOptions;
  #own: OwnMedia;
  readonly documents: DocumentFlow;
  #stage: Stage = { at: 'connecting' };
  #line: Line | undefined;
  #servers: RTCIceServer[] = [];
  #publisher: Publisher | undefined;
  #subscriber: Subscriber | undefined;
  #far: Far[] = [];
  #speaking: string[] = [];
  #chat: ChatLine[] = [];
  #meter: Meter = freshMeter;
  #totals: Totals = noTotals;
  #pathLost = false;
  #tries = 0;
  #repairs = 0;
  #refusals = 0;
  #ticks = 0;
  #playedAt = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #repair: ReturnType<typeof setTimeout> | undefined;
  #stops: (() => void)[] = [];
  #cameraBefore: { facing: Facing; had: boolean } | undefined;
  #listeners = new Set<(view: CallView) => void>();

  constructor(options: CallOptions) {
    this.#options = options;
    this.#own = new OwnMedia({ audio: options.audio, video: options.video });
    this.#own.changed = (kind) => this.#ownChanged(kind);
    this.documents = new DocumentFlow(
      {
        open: (facing) => this.#aimCamera(facing),
        track: () => this.#own.view.stream.getVideoTracks()[0] ?? null,
        restore: () => this.#restoreCamera(),
      },
      options.shown,
      () => this.#tell(),
    );
  }

  /** A store in the sense of Svelte: called at once and at every change. */
  subscribe = (listener: (view: CallView) => void): (() => void) => {
    this.#listeners.add(listener);
    listener(this.view);
    return () => this.#listeners.delete(listener);
  };

  get view(): CallView {
    return {
      stage: this.#stage,
      mine: this.#own.view,
      far: this.#far,
      speaking: this.#speaking,
      signal: this.#pathLost || this.#stage.at === 'reconnecting' ? 'lost' : this.#meter.signal,
      help: helpFor(this.#meter.signal),
      chat: this.#chat,
      document: this.documents.state,
    };
  }

  #tell(): void {
    const view = this.view;
    for (const listener of this.#listeners) listener(view);
  }

  // ---- what the page asks for

  start(): void {
    this.#stops.push(stayAwake(() => void this.#own.retake()));
    const back = () => this.retryNow();
    const devices = () => void this.#own.retake();
    window.addEventListener('online', back);
    navigator.mediaDevices?.addEventListener('devicechange', devices);
    const timer = setInterval(() => this.#tick(), TICK_MS);
    this.#stops.push(() => {
      window.removeEventListener('online', back);
      navigator.mediaDevices?.removeEventListener('devicechange', devices);
      clearInterval(timer);
    });
    void this.#connect();
  }

  /** Goes, and may come back. */
  leave(): void {
    this.#line?.send({ type: 'leave' });
    this.#move({ type: 'ended' });
  }

  /** Ends it for everybody: only the official who admits may. */
  end(): void {
    this.#line?.send({ type: 'end' });
  }

  turn(kind: TrackKind, on: boolean): void {
    this.#own.turn(kind, on);
  }

  say(text: string): void {
    const trimmed = text.trim().slice(0, CHAT_LONGEST);
    if (trimmed && this.#line) this.#line.send({ type: 'chat', text: trimmed });
  }

  /** Voice only: the camera is let go, its light goes out. */
  voiceOnly(): void {
    this.#own.closeCamera();
  }

  openCamera(facing: Facing = 'user'): Promise<Opened> {
    return this.#own.openCamera(facing);
  }

  // ---- the line

  async #connect(): Promise<void> {
    const answer = await api.post<{ token: string; url: string }>('/api/room-token', { visit: this.#options.visit });
    if (isOver(this.#stage)) return;
    if (!answer.ok) return this.#noToken(answer.failure);
    this.#line = new Line(answer.body.url, answer.body.token, { frame: (frame) => this.#take(frame), lost: () => this.#lost() });
  }

  #noToken(failure: Failure): void {
    const final = failure.kind === 'problem' && failure.status < 500 && failure.status !== 429;
    if (final) this.#move({ type: 'refused' });
    else this.#lost();
  }

  #lost(): void {
    this.#line?.close();
    this.#line = undefined;
    this.#move({ type: 'dropped' });
    if (isOver(this.#stage) || this.#retry) return;
    this.#retry = setTimeout(() => this.retryNow(), waitBefore(this.#tries, Math.random()));
    this.#tries += 1;
  }

  /** Nobody waits for the next try longer than they want. */
  retryNow(): void {
    if (!this.#retry) return;
    clearTimeout(this.#retry);
    this.#retry = undefined;
    void this.#connect();
  }

  #take(frame: ServerFrame): void {
    this.#options.overheard?.(frame);
    switch (frame.type) {
      case 'welcome':
        this.#servers = frame.ice.servers;
        return this.#move({ type: 'welcome', welcome: frame });
      case 'state':
        return this.#takeState(frame);
      case 'published':
        return void this.#publisher?.accept(frame.answer).catch(() => this.#mend());
      case 'offer':
        return this.#subscriber?.take(frame.version, frame.offer, (version, answer) => this.#line?.send({ type: 'answer', version, answer }));
      case 'chat':
        return this.#heard(frame);
      case 'document_asked':
        return this.documents.ask({ request: frame.request, document: frame.document, side: frame.side });
      case 'document_stored':
        return this.documents.stored(frame.request);
      case 'ended':
        return this.#move({ type: 'ended' });
      case 'error':
        return this.#refused(frame.code, frame.fatal);
      case 'pong':
      case 'document_refused':
        return;
    }
  }

  #takeState(frame: Extract<ServerFrame, { type: 'state' }>): void {
    this.#tries = 0;
    this.#refusals = 0;
    this.#move(frame);
    this.#line?.watchClosely(this.#stage.at === 'call');
    this.#far = keepOnly(this.#far, frame.participants.map((one) => one.id));
    if (this.#stage.at === 'call' && !this.#publisher) this.#openMedia();
    if (this.#stage.at === 'waiting') this.#closeMedia();
    this.#tell();
  }

  #heard(frame: Extract<ServerFrame, { type: 'chat' }>): void {
    const mine = 'room' in this.#stage && this.#stage.room?.me === frame.from;
    this.#chat = [...this.#chat, { from: frame.from, mine, text: frame.text, at: frame.at }].slice(-CHAT_LINES);
    this.#tell();
  }

  #refused(code: ErrorCode, fatal: boolean): void {
    if (!fatal) return code === 'description_refused' ? this.#mend() : undefined;
    // The server asks for patience: that is no answer about this visit.
    const patience = code === 'server_restarting' || code === 'unavailable' || code === 'too_slow';
    if (!patience) this.#refusals += 1;
    // Another page of the same person holds the seat: two would throw each other out for ever.
    if (code === 'replaced' || this.#refusals >= REFUSALS_ENOUGH) this.#move({ type: 'refused' });
    else this.#lost();
  }

  #move(event: StageEvent): void {
    this.#stage = next(this.#stage, event, Date.now());
    // After a break everything is published and subscribed anew; the last picture stays until then.
    if (event.type === 'welcome') this.#closeMedia();
    if (isOver(this.#stage)) this.#close();
    this.#tell();
  }

  // ---- media

  #openMedia(): void {
    const watch = { broken: () => this.#mend() };
    const subscriber = new Subscriber(this.#servers, watch, (stream) => this.#arrived(stream));
    const publisher = new Publisher(this.#servers, watch);
    this.#subscriber = subscriber;
    this.#publisher = publisher;
    publisher.peer.addEventListener('connectionstatechange', () => {
      if (publisher !== this.#publisher || publisher.peer.connectionState !== 'connected') return;
      this.#repairs = 0;
      this.#pathLost = false;
      this.#tell();
    });
    void this.#publish(publisher);
  }

  async #publish(publisher: Publisher): Promise<void> {
    for (const kind of ['audio', 'video'] as const) await publisher.send(kind, this.#own.sent(kind));
    // Meanwhile the call may have ended or begun anew: a closed connection makes no offer.
    const offer = await publisher.offer().catch(() => undefined);
    if (publisher !== this.#publisher || offer === undefined) return;
    this.#line?.send({ type: 'publish', offer });
    this.#line?.send({ type: 'subscribe' });
    for (const kind of ['audio', 'video'] as const) this.#tellMuted(kind);
  }

  #arrived(stream: MediaStream): void {
    const participant = participantOf(stream.id);
    if (!participant) return;
    this.#far = withStream(this.#far, { participant, stream });
    this.#tell();
  }

  /** The room is reached but media is not: both connections are made anew. */
  #mend(): void {
    if (this.#stage.at !== 'call' || this.#repair) return;
    this.#pathLost = true;
    this.#tell();
    this.#repair = setTimeout(() => {
      this.#repair = undefined;
      if (this.#stage.at !== 'call') return;
      this.#closeMedia();
      this.#openMedia();
    }, waitBefore(this.#repairs, Math.random()));
    this.#repairs += 1;
  }

  #closeMedia(): void {
    this.#publisher?.close();
    this.#subscriber?.close();
    this.#publisher = undefined;
    this.#subscriber = undefined;
    this.#totals = noTotals;
    this.#playedAt = 0;
  }

  #ownChanged(kind: TrackKind): void {
    void this.#publisher?.send(kind, this.#own.sent(kind));
    this.#tellMuted(kind);
    this.#tell();
  }

  #tellMuted(kind: TrackKind): void {
    if (this.#publisher) this.#line?.send({ type: 'mute', kind, muted: this.#own.isSilent(kind) });
  }

  // ---- what is watched

  #tick(): void {
    const voices = this.#subscriber?.voices() ?? [];
    const newest = voices.reduce((most, voice) => Math.max(most, voice.playedAt), 0);
    if (newest > this.#playedAt) this.#line?.alive();
    this.#playedAt = Math.max(newest, this.#playedAt);
    const speaking = voices.flatMap((voice) => (voice.loudness > SPEAKING_LOUDNESS ? [participantOf(voice.stream) ?? ''] : []));
    if (speaking.join() !== this.#speaking.join()) {
      this.#speaking = speaking;
      this.#tell();
    }
    this.#ticks += 1;
    if (this.#ticks % STATS_EVERY_TICKS === 0 && this.#stage.at === 'call') void this.#measure();
  }

  async #measure(): Promise<void> {
    const publisher = this.#publisher;
    const subscriber = this.#subscriber;
    if (!publisher || !subscriber) return;
    const reports = await Promise.all([publisher.peer.getStats(), subscriber.peer.getStats()]);
    if (publisher !== this.#publisher) return;
    const totals = total(reports.flatMap((report) => [...report.values()] as (Record<string, unknown> & { type: string })[]));
    const sample = between(this.#totals, totals);
    const first = this.#totals === noTotals;
    this.#totals = totals;
    if (first) return;
    const before = helpFor(this.#meter.signal);
    this.#meter = measure(this.#meter, sample);
    const help = helpFor(this.#meter.signal);
    if (help !== before) await publisher.help(help);
    this.#own.rest(help === 'picture_off' && this.documents.state.at === 'none');
    this.#tell();
  }

  // ---- the camera for a document

  async #aimCamera(facing: Facing): Promise<Opened> {
    const { facing: was, video } = this.#own.view;
    this.#cameraBefore ??= { facing: was, had: video !== 'none' };
    return this.#own.openCamera(facing);
  }

  async #restoreCamera(): Promise<void> {
    const before = this.#cameraBefore;
    this.#cameraBefore = undefined;
    if (!before) return;
    if (!before.had) this.#own.closeCamera();
    else if (this.#own.view.facing !== before.facing) await this.#own.openCamera(before.facing);
  }

  #close(): void {
    clearTimeout(this.#retry);
    clearTimeout(this.#repair);
    this.#retry = undefined;
    for (const stop of this.#stops.splice(0)) stop();
    this.#line?.close();
    this.#line = undefined;
    this.#closeMedia();
    this.#own.changed = () => {};
    this.#own.stop();
    this.#far = [];
    this.#chat = [];
  }
}
