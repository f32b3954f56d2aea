// What a page's peer connections did, by their own statistics.
import { expect, type BrowserContext, type Page } from '@playwright/test';

type Watched = Window & { peers: RTCPeerConnection[]; sockets: WebSocket[]; uploads: Promise<ArrayBuffer>[] };
export type Heard = { connections: number; packets: number; frames: number; energy: number };

/** Keeps every peer connection and websocket that the page makes. Before the first page of the context. */
export async function watchMedia(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    const page = window as unknown as Watched;
    page.peers = [];
    page.sockets = [];
    page.uploads = [];
    const keeping = <Kind extends new (...args: never[]) => object>(kind: Kind, list: object[]): Kind =>
      new Proxy(kind, {
        construct(target, args): object {
          const made = Reflect.construct(target, args) as object;
          list.push(made);
          return made;
        },
      });
    window.RTCPeerConnection = keeping(window.RTCPeerConnection, page.peers);
    window.WebSocket = keeping(window.WebSocket, page.sockets);
    // The protocol shows no bytes of a Blob that is sent: they are copied on their way out.
    const send = window.fetch;
    window.fetch = (input, init) => {
      if (init?.method === 'PUT' && init.body instanceof Blob) page.uploads.push(init.body.arrayBuffer());
      return send(input, init);
    };
  });
}

/** Sums over all connections that the page ever made and still holds. */
export function heardBy(page: Page): Promise<Heard> {
  return page.evaluate(async () => {
    const sum = { connections: 0, packets: 0, frames: 0, energy: 0 };
    for (const peer of (window as unknown as Watched).peers) {
      sum.connections += 1;
      for (const report of (await peer.getStats()).values()) {
        if (report.type !== 'inbound-rtp') continue;
        sum.packets += report.packetsReceived ?? 0;
        sum.frames += report.framesDecoded ?? 0;
        sum.energy += report.totalAudioEnergy ?? 0;
      }
    }
    return sum;
  });
}

/** How much arrives within a time. */
export async function arrivesWithin(page: Page, ms: number): Promise<Heard> {
  const before = await heardBy(page);
  await page.waitForTimeout(ms);
  const after = await heardBy(page);
  return {
    connections: after.connections,
    packets: after.packets - before.packets,
    frames: after.frames - before.frames,
    energy: after.energy - before.energy,
  };
}

/** Speech of the fake microphone measures about 0.01 a second; silence, and what codecs make of it, is below a thousandth of it. */
const SPEECH = 1e-3;
const SILENCE = 1e-5;
export const seesAndHears = (page: Page): Promise<void> =>
  expect(async () => {
    const now = await arrivesWithin(page, 1_000);
    expect(now.frames, 'frames decoded in a second').toBeGreaterThan(5);
    expect(now.energy, 'audio energy in a second').toBeGreaterThan(SPEECH);
  }).toPass({ timeout: 20_000, intervals: [0] });
export const hearsNothing = (page: Page): Promise<void> =>
  expect(async () => {
    expect((await arrivesWithin(page, 2_000)).energy, 'audio energy in two seconds').toBeLessThan(SILENCE);
  }).toPass({ timeout: 15_000, intervals: [0] });

/** The bytes of the last upload of the page, as they went out. */
export async function lastUpload(page: Page): Promise<Buffer> {
  const text = await page.evaluate(async () => {
    const bytes = new Uint8Array((await (window as unknown as Watched).uploads.at(-1)) ?? new ArrayBuffer(0));
    return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
  });
  return Buffer.from(text, 'base64');
}

/** The network drops the room's websocket under the page. */
export const dropSocket = (page: Page): Promise<void> =>
  page.evaluate(() => {
    for (const socket of (window as unknown as Watched).sockets) socket.close();
  });
