// The two connections of a participant. The publisher's is offered here and never renegotiated; the subscriber's is offered by the server.
import type { Help } from './meter';
import type { TrackKind } from './protocol';
import { preferVoice } from './sdp';

/** A face, on prepaid data; the voice needs a tenth of it. */
const PICTURE_BITS = 500_000;
const REDUCED_PICTURE_BITS = 180_000;
/** A connection that stays broken for so long is replaced. */
const BROKEN_FOR_MS = 1_500;

export type Watch = { broken: () => void };

/** Calls once when the connection has failed, or stays without a path. */
function watchPath(peer: RTCPeerConnection, watch: Watch): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  peer.addEventListener('connectionstatechange', () => {
    clearTimeout(timer);
    if (peer.connectionState === 'failed') watch.broken();
    if (peer.connectionState === 'disconnected') timer = setTimeout(watch.broken, BROKEN_FOR_MS);
  });
}

export type Voice = { stream: string; playedAt: number; loudness: number };

export class Publisher {
  readonly peer: RTCPeerConnection;
  #senders: Record<TrackKind, RTCRtpSender>;

  constructor(servers: RTCIceServer[], watch: Watch) {
    this.peer = new RTCPeerConnection({ iceServers: servers, bundlePolicy: 'max-bundle' });
    watchPath(this.peer, watch);
    const audio = this.peer.addTransceiver('audio', { direction: 'sendonly' });
    const video = this.peer.addTransceiver('video', { direction: 'sendonly', sendEncodings: [{ maxBitrate: PICTURE_BITS }] });
    this.#senders = { audio: audio.sender, video: video.sender };
  }

  /** The server is ICE-lite and learns our address from our checks: the offer need not wait for candidates. */
  async offer(): Promise<string> {
    const offer = await this.peer.createOffer();
    await this.peer.setLocalDescription(offer);
    return this.peer.localDescription?.sdp ?? '';
  }

  async accept(answer: string): Promise<void> {
    if (this.peer.signalingState !== 'have-local-offer') return;
    await this.peer.setRemoteDescription({ type: 'answer', sdp: preferVoice(answer) });
  }

  async send(kind: TrackKind, track: MediaStreamTrack | null): Promise<void> {
    await this.#senders[kind].replaceTrack(track).catch(() => undefined);
  }

  async help(help: Help): Promise<void> {
    const sender = this.#senders.video;
    const parameters = sender.getParameters();
    const encoding = parameters.encodings[0];
    if (!encoding) return;
    encoding.maxBitrate = help === 'none' ? PICTURE_BITS : REDUCED_PICTURE_BITS;
    encoding.scaleResolutionDownBy = help === 'none' ? 1 : 2;
    await sender.setParameters(parameters).catch(() => undefined);
  }

  close(): void {
    this.peer.close();
  }
}

export class Subscriber {
  readonly peer: RTCPeerConnection;
  #work: Promise<unknown> = Promise.resolve();
  #newest = -1;
  #watch: Watch;
  #streams = new Map<string, string>();

  constructor(servers: RTCIceServer[], watch: Watch, arrived: (stream: MediaStream) => void) {
    this.#watch = watch;
    this.peer = new RTCPeerConnection({ iceServers: servers, bundlePolicy: 'max-bundle' });
    watchPath(this.peer, watch);
    this.peer.ontrack = (event) => {
      const stream = event.streams[0];
      if (!stream) return;
      this.#streams.set(event.track.id, stream.id);
      arrived(stream);
    };
  }

  /** Offers are taken one after the other; one that a newer has overtaken is left out. */
  take(version: number, offer: string, answer: (version: number, sdp: string) => void): void {
    if (version <= this.#newest) return;
    this.#newest = version;
    this.#work = this.#work
      .then(async () => {
        if (version < this.#newest || this.peer.signalingState === 'closed') return;
        await this.peer.setRemoteDescription({ type: 'offer', sdp: offer });
        await this.peer.setLocalDescription(await this.peer.createAnswer());
        answer(version, this.peer.localDescription?.sdp ?? '');
      })
      .catch(() => this.#watch.broken());
  }

  /** When the newest voice packet was played, and how loud each voice is. */
  voices(): Voice[] {
    return this.peer.getReceivers().flatMap((receiver) => {
      const stream = this.#streams.get(receiver.track.id);
      if (receiver.track.kind !== 'audio' || !stream) return [];
      return receiver.getSynchronizationSources().map(({ timestamp, audioLevel }) => ({ stream, playedAt: timestamp, loudness: audioLevel ?? 0 }));
    });
  }

  close(): void {
    this.peer.ontrack = null;
    this.peer.close();
  }
}
