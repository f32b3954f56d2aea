// The kiosk's own key: made here, never leaves the browser, survives every visit.
import { api, type Failure } from '../api/client';

export type Kiosk = { id: string; name: string; site_name: string; zone: string };
type Device = { kiosk: string; key: CryptoKey };
export type Opened = { at: 'open'; kiosk: Kiosk } | { at: 'not_enrolled' } | { at: 'revoked' } | { at: 'offline' };

/** The one database that a wipe leaves. */
export const KEY_DATABASE = 'kiosk-key';
const STORE = 'device';
const SLOT = 'this';
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' } as const;

function database(): Promise<IDBDatabase> {
  return new Promise((done, failed) => {
    const request = indexedDB.open(KEY_DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });
}

async function inStore<Result>(mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest<Result>): Promise<Result> {
  const open = await database();
  try {
    return await new Promise((done, failed) => {
      const transaction = open.transaction(STORE, mode);
      const request = act(transaction.objectStore(STORE));
      transaction.oncomplete = () => done(request.result);
      transaction.onerror = transaction.onabort = () => failed(transaction.error);
    });
  } finally {
    open.close();
  }
}

const base64url = (bytes: ArrayBuffer): string =>
  btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');

/** Staff type the code once; from then on the key speaks for this screen. */
export async function enrol(code: string): Promise<{ ok: true } | { ok: false; failure: Failure }> {
  const pair = await crypto.subtle.generateKey(ALGORITHM, false, ['sign']);
  const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', pair.publicKey);
  const answer = await api.post<{ kiosk: string }>('/api/kiosk/enrol', { code, public_key: { kty, crv, x, y } });
  if (!answer.ok) return answer;
  const device: Device = { kiosk: answer.body.kiosk, key: pair.privateKey };
  await inStore('readwrite', (store) => store.put(device, SLOT));
  return { ok: true };
}

const unheard = (failure: Failure): boolean => failure.kind === 'unreachable' || failure.status >= 500 || failure.status === 429;

/** A session for this screen: the server's nonce, signed. */
export async function openSession(): Promise<Opened> {
  const device = await inStore<Device | undefined>('readonly', (store) => store.get(SLOT));
  if (!device) return { at: 'not_enrolled' };
  const challenge = await api.post<{ nonce: string }>('/api/kiosk/challenge', { kiosk: device.kiosk });
  if (!challenge.ok) return unheard(challenge.failure) ? { at: 'offline' } : { at: 'revoked' };
  const { nonce } = challenge.body;
  const signed = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, device.key, new TextEncoder().encode(`reencuentro-kiosk:${nonce}`));
  const session = await api.post<{ kiosk: Kiosk }>('/api/kiosk/session', { kiosk: device.kiosk, nonce, signature: base64url(signed) });
  if (session.ok) return { at: 'open', kiosk: session.body.kiosk };
  return unheard(session.failure) ? { at: 'offline' } : { at: 'revoked' };
}
