// Somebody in the lobby who does not use the page, but writes frames by hand with the page's own seat.
import type { Page } from '@playwright/test';

export type Told = { types: string[]; states: { state: string; participants: unknown[] }[] };

/** Enters the room, asks for everything, and listens for two seconds. */
export function askForMediaByHand(page: Page): Promise<Told> {
  return page.evaluate(async () => {
    const answer = await fetch('/api/room-token', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"visit":null}' });
    const { token } = await answer.json();
    const frame = document.createElement('iframe');
    document.body.append(frame);
    // A connection of our own making, unseen by what watches the page's.
    const peer = new (frame.contentWindow as unknown as typeof globalThis).RTCPeerConnection();
    peer.addTransceiver('audio', { direction: 'sendrecv' });
    await peer.setLocalDescription(await peer.createOffer());
    const socket = new WebSocket(location.origin.replace(/^http/, 'ws') + '/api/room', ['reencuentro.v1']);
    const told: { types: string[]; states: { state: string; participants: unknown[] }[] } = { types: [], states: [] };
    socket.onmessage = (message) => {
      const said = JSON.parse(message.data);
      told.types.push(said.type);
      if (said.type === 'state') told.states.push({ state: said.state, participants: said.participants });
    };
    await new Promise((done) => (socket.onopen = done));
    const frames = [{ type: 'hello', token }, { type: 'publish', offer: peer.localDescription?.sdp }, { type: 'subscribe' }, { type: 'chat', text: 'x' }];
    for (const one of frames) {
      socket.send(JSON.stringify(one));
      await new Promise((done) => setTimeout(done, 200));
    }
    await new Promise((done) => setTimeout(done, 2_000));
    socket.close();
    peer.close();
    frame.remove();
    return told;
  });
}
