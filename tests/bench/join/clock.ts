// When things happened in a page, by the page's own clock: milliseconds since 1970, comparable between pages.
import type { BrowserContext, Page } from '@playwright/test';

export type Times = { navigated: number; headings: Record<string, number>; written: number; pressed: number; firstFrame: number | null };
type Clocked = Window & { times: Times };

/** Before the first page of the context. */
export async function keepTimes(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    const now = (): number => performance.timeOrigin + performance.now();
    const times: Times = { navigated: performance.timeOrigin, headings: {}, written: 0, pressed: 0, firstFrame: null };
    (window as unknown as Clocked).times = times;
    addEventListener('input', () => (times.written = now()), true);
    addEventListener('click', () => (times.pressed = now()), true);
    const remote = new Set<MediaStreamTrack>();
    const watched = new Set<HTMLVideoElement>();
    /** The first frame of somebody else's video that the browser presents. */
    const seekVideo = (): void => {
      for (const video of document.querySelectorAll('video')) {
        const stream = video.srcObject;
        if (watched.has(video) || !(stream instanceof MediaStream) || !stream.getVideoTracks().some((track) => remote.has(track))) continue;
        watched.add(video);
        video.requestVideoFrameCallback(() => (times.firstFrame ??= now()));
      }
      if (times.firstFrame === null) requestAnimationFrame(seekVideo);
    };
    const Native = window.RTCPeerConnection;
    window.RTCPeerConnection = class extends Native {
      constructor(configuration?: RTCConfiguration) {
        super(configuration);
        this.addEventListener('track', ({ track }) => track.kind === 'video' && remote.add(track));
      }
    };
    requestAnimationFrame(seekVideo);
    new MutationObserver(() => {
      for (const heading of document.querySelectorAll('h1, h2')) times.headings[(heading.textContent ?? '').trim()] ??= now();
    }).observe(document, { childList: true, subtree: true, characterData: true });
  });
}

export const timesOf = (page: Page): Promise<Times> => page.evaluate(() => (window as unknown as Clocked).times);

/** The same browser's own limit: from an offer to the first frame between two connections of one page, with nobody between. */
export function bareLoopback(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const stream = await navigator.mediaDevices.getUserMedia({ video: true, audio: true });
    const [here, there] = [new RTCPeerConnection(), new RTCPeerConnection()];
    const video = document.createElement('video');
    video.muted = true;
    document.body.append(video);
    here.onicecandidate = ({ candidate }) => void there.addIceCandidate(candidate ?? undefined);
    there.onicecandidate = ({ candidate }) => void here.addIceCandidate(candidate ?? undefined);
    const seen = new Promise<number>((done) => video.requestVideoFrameCallback(() => done(performance.now())));
    there.ontrack = ({ track, streams }) => {
      if (track.kind !== 'video') return;
      video.srcObject = streams[0] ?? null;
      void video.play();
    };
    const began = performance.now();
    for (const track of stream.getTracks()) here.addTrack(track, stream);
    await here.setLocalDescription();
    await there.setRemoteDescription(here.localDescription as RTCSessionDescription);
    await there.setLocalDescription();
    await here.setRemoteDescription(there.localDescription as RTCSessionDescription);
    const took = (await seen) - began;
    here.close();
    there.close();
    for (const track of stream.getTracks()) track.stop();
    video.remove();
    return took;
  });
}
