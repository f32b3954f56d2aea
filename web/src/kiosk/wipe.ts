// After a visit the shared screen remembers nothing but its own key.
import { api } from '../api/client';
import { KEY_DATABASE } from './device';

/** A server that does not answer must not keep the last person's screen open. */
const LEAVE_WITHIN_MS = 3_000;

async function dropDatabases(): Promise<void> {
  const all = await indexedDB.databases();
  await Promise.all(
    all.map(({ name }) => {
      if (!name || name === KEY_DATABASE) return undefined;
      return new Promise<void>((done) => {
        const request = indexedDB.deleteDatabase(name);
        request.onsuccess = request.onerror = request.onblocked = () => done();
      });
    }),
  );
}

/** What this browser stores for the page. The seat is an HttpOnly cookie: only the server clears it. */
export async function wipeStorage(): Promise<void> {
  localStorage.clear();
  sessionStorage.clear();
  const caches = globalThis.caches;
  if (caches) await Promise.all((await caches.keys()).map((name) => caches.delete(name)));
  await dropDatabases();
}

/** True once no seat is left: the server cleared it, or answered that there is none. */
export async function leaveSeat(): Promise<boolean> {
  const answer = await api.post('/api/kiosk/leave', {}, { timeoutMs: LEAVE_WITHIN_MS });
  return answer.ok || (answer.failure.kind === 'problem' && answer.failure.status < 500 && answer.failure.status !== 429);
}

/** A fresh document in place of this one: memory goes, and the back button finds nothing. */
export async function wipeAndRestart(): Promise<void> {
  await Promise.allSettled([leaveSeat(), wipeStorage()]);
  location.replace('/kiosk/');
}
