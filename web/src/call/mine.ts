// The own microphone and camera during a call: taken, muted, lost to a phone call, taken again.
import { openCamera, openMicrophone, type Facing, type Opened } from './media';
import type { TrackKind } from './protocol';

/**
 * `off`: the person turned it off. `resting`: the page did, for the voice's sake.
 * `lost`: the device took it away (a phone call, a pulled plug). `none`: there never was one, or it was not wanted.
 */
export type TrackState = 'on' | 'off' | 'resting' | 'lost' | 'none';
export type Mine = { stream: MediaStream; audio: TrackState; video: TrackState; facing: Facing };

type Slot = { track: MediaStreamTrack | null; off: boolean; lost: boolean };
const emptySlot = (): Slot => ({ track: null, off: false, lost: false });

export class OwnMedia {
  #slots: Record<TrackKind, Slot> = { audio: emptySlot(), video: emptySlot() };
  #resting = false;
  #facing: Facing = 'user';
  #stream = new MediaStream();
  /** Called with the kind whose track or state changed. */
  changed: (kind: TrackKind) => void = () => {};

  constructor(tracks: { audio?: MediaStreamTrack | undefined; video?: MediaStreamTrack | undefined }) {
    if (tracks.audio) this.#put('audio', tracks.audio);
    if (tracks.video) this.#put('video', tracks.video);
  }

  get view(): Mine {
    return { stream: this.#stream, audio: this.#stateOf('audio'), video: this.#stateOf('video'), facing: this.#facing };
  }

  /** The track to send: none while the page or the person keeps it back. */
  sent(kind: TrackKind): MediaStreamTrack | null {
    const state = this.#stateOf(kind);
    return state === 'on' || state === 'off' ? this.#slots[kind].track : null;
  }

  isSilent(kind: TrackKind): boolean {
    return this.#stateOf(kind) !== 'on';
  }

  #stateOf(kind: TrackKind): TrackState {
    const slot = this.#slots[kind];
    if (slot.lost) return 'lost';
    if (!slot.track) return 'none';
    if (slot.off) return 'off';
    return kind === 'video' && this.#resting ? 'resting' : 'on';
  }

  #put(kind: TrackKind, track: MediaStreamTrack): void {
    const slot = this.#slots[kind];
    if (slot.track) this.#drop(slot.track);
    this.#slots[kind] = { track, off: slot.off, lost: false };
    track.enabled = !slot.off;
    track.contentHint = kind === 'video' ? 'motion' : 'speech';
    track.onended = () => this.#lose(kind, track);
    track.onmute = () => this.changed(kind);
    track.onunmute = () => this.changed(kind);
    this.#show();
    this.changed(kind);
  }

  #lose(kind: TrackKind, track: MediaStreamTrack): void {
    if (this.#slots[kind].track !== track) return;
    this.#slots[kind] = { ...this.#slots[kind], track: null, lost: true };
    this.#show();
    this.changed(kind);
  }

  #drop(track: MediaStreamTrack): void {
    track.onended = track.onmute = track.onunmute = null;
    track.stop();
  }

  /** A new stream object each time, so that a page notices. */
  #show(): void {
    this.#stream = new MediaStream(Object.values(this.#slots).flatMap((slot) => (slot.track ? [slot.track] : [])));
  }

  turn(kind: TrackKind, on: boolean): void {
    const slot = this.#slots[kind];
    slot.off = !on;
    if (slot.track) slot.track.enabled = on;
    this.changed(kind);
  }

  rest(resting: boolean): void {
    if (this.#resting === resting) return;
    this.#resting = resting;
    this.changed('video');
  }

  /** Lets go of the camera altogether: its light goes out. */
  closeCamera(): void {
    const { track } = this.#slots.video;
    if (track) this.#drop(track);
    this.#slots.video = emptySlot();
    this.#show();
    this.changed('video');
  }

  async openCamera(facing: Facing = this.#facing): Promise<Opened> {
    const before = this.#slots.video.track;
    // Many phones open one camera at a time only.
    if (before) this.#drop(before);
    const opened = await openCamera(facing);
    if (opened.ok) {
      this.#facing = facing;
      this.#put('video', opened.track);
    } else if (before) this.#lose('video', before);
    return opened;
  }

  /** What a phone call or a pulled plug took is taken again. */
  async retake(): Promise<void> {
    for (const kind of ['audio', 'video'] as const) {
      const { lost, track } = this.#slots[kind];
      const taken = lost || (track !== null && (track.readyState === 'ended' || track.muted));
      if (!taken) continue;
      const opened = kind === 'audio' ? await openMicrophone() : await openCamera(this.#facing);
      if (opened.ok) this.#put(kind, opened.track);
    }
  }

  stop(): void {
    for (const slot of Object.values(this.#slots)) if (slot.track) this.#drop(slot.track);
    this.#slots = { audio: emptySlot(), video: emptySlot() };
    this.#show();
  }
}
