// Opens camera and microphone, and says in one word why not.
import type { TrackKind } from './protocol';

export type Facing = 'user' | 'environment';
export type MediaFault = 'none_found' | 'refused' | 'busy' | 'in_app_browser' | 'not_secure';
export type Opened = { ok: true; track: MediaStreamTrack } | { ok: false; fault: MediaFault };

/** Enough for a face on a phone; a still takes the camera's full size by itself. */
const PICTURE = { width: { ideal: 960 }, height: { ideal: 540 }, frameRate: { ideal: 24, max: 30 } };

/** Browsers inside other apps often have no camera at all: the page then offers the real browser. */
export function captureFault(): MediaFault | undefined {
  if (typeof navigator.mediaDevices?.getUserMedia === 'function') return undefined;
  return window.isSecureContext ? 'in_app_browser' : 'not_secure';
}

function faultOf(error: unknown): MediaFault {
  const name = error instanceof DOMException ? error.name : '';
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'refused';
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return 'none_found';
  return 'busy';
}

async function open(kind: TrackKind, constraints: MediaStreamConstraints): Promise<Opened> {
  const missing = captureFault();
  if (missing) return { ok: false, fault: missing };
  try {
    const stream = await navigator.mediaDevices.getUserMedia(constraints);
    const track = stream.getTracks().find((one) => one.kind === kind);
    return track ? { ok: true, track } : { ok: false, fault: 'none_found' };
  } catch (error) {
    return { ok: false, fault: faultOf(error) };
  }
}

export const openMicrophone = (): Promise<Opened> =>
  open('audio', { audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true } });
export const openCamera = (facing: Facing = 'user'): Promise<Opened> => open('video', { video: { ...PICTURE, facingMode: { ideal: facing } } });

/** What one wants to send: voice and picture, or the voice alone. */
export async function openWanted(picture: boolean): Promise<{ microphone: Opened; camera: Opened | null }> {
  return picture ? openBoth() : { microphone: await openMicrophone(), camera: null };
}

/** One prompt for both; what fails is opened alone, so that the other still works. */
export async function openBoth(): Promise<{ microphone: Opened; camera: Opened }> {
  const missing = captureFault();
  if (missing) return { microphone: { ok: false, fault: missing }, camera: { ok: false, fault: missing } };
  try {
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
      video: { ...PICTURE, facingMode: { ideal: 'user' } },
    });
    const of = (track: MediaStreamTrack | undefined): Opened => (track ? { ok: true, track } : { ok: false, fault: 'none_found' });
    return { microphone: of(stream.getAudioTracks()[0]), camera: of(stream.getVideoTracks()[0]) };
  } catch (error) {
    // A refusal of both is not asked again: a second prompt would nag.
    if (faultOf(error) === 'refused') return oneByOne(await camerasSeen());
    return oneByOne(true);
  }
}

async function oneByOne(withCamera: boolean): Promise<{ microphone: Opened; camera: Opened }> {
  const microphone = await openMicrophone();
  const camera: Opened = withCamera ? await openCamera() : { ok: false, fault: 'refused' };
  return { microphone, camera };
}

/** Labels are shown only to a page that may use the device. */
async function camerasSeen(): Promise<boolean> {
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices.some((device) => device.kind === 'videoinput' && device.label !== '');
}

/** Does this phone have a second camera, for documents? */
export async function camerasCount(): Promise<number> {
  if (captureFault()) return 0;
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices.filter((device) => device.kind === 'videoinput').length;
}

/** Tells the loudness of a microphone, 0–1, some times a second. Returns the way to stop. */
export function watchLoudness(track: MediaStreamTrack, tell: (loudness: number) => void): () => void {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 512;
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  const wave = new Uint8Array(analyser.fftSize);
  const timer = setInterval(() => {
    analyser.getByteTimeDomainData(wave);
    const peak = wave.reduce((most, value) => Math.max(most, Math.abs(value - 128)), 0);
    tell(Math.min(1, peak / 64));
  }, 100);
  return () => {
    clearInterval(timer);
    void context.close();
  };
}
