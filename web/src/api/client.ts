// One small door to the server: typed answers, problems as values, a dead network told apart.

/** `code` is what pages translate; `extra` is its whole body, with what a problem adds (tries_left, opens_at, next …). */
export type Problem = {
  kind: 'problem';
  status: number;
  code: string;
  fields: Record<string, string>;
  extra: Record<string, unknown>;
};
/** Nothing was heard from the server: whether it acted is unknown. */
export type Unreachable = { kind: 'unreachable' };
export type Failure = Problem | Unreachable;
export type Answer<Body> = { ok: true; body: Body } | { ok: false; failure: Failure };

type Method = 'GET' | 'POST';
export type CallOptions = { timeoutMs?: number };

/** A cheap phone on a slow network answers late; past this a person should be told. */
const ANSWER_WITHIN_MS = 20_000;

async function problemOf(response: Response): Promise<Problem> {
  const extra = (await response.json().catch(() => ({}))) as Record<string, unknown>;
  return {
    kind: 'problem',
    status: response.status,
    code: typeof extra.code === 'string' ? extra.code : `http_${response.status}`,
    fields: (extra.fields as Record<string, string> | undefined) ?? {},
    extra,
  };
}

async function bodyOf(response: Response): Promise<unknown> {
  if (response.status === 204) return undefined;
  const kind = response.headers.get('content-type') ?? '';
  if (kind.includes('json')) return response.json();
  return kind.startsWith('text/') ? response.text() : response.blob();
}

async function send<Body>(path: string, init: RequestInit, options: CallOptions): Promise<Answer<Body>> {
  const signal = AbortSignal.timeout(options.timeoutMs ?? ANSWER_WITHIN_MS);
  try {
    const response = await fetch(path, { ...init, signal, credentials: 'same-origin', cache: 'no-store' });
    if (!response.ok) return { ok: false, failure: await problemOf(response) };
    return { ok: true, body: (await bodyOf(response)) as Body };
  } catch {
    return { ok: false, failure: { kind: 'unreachable' } };
  }
}

function json(method: Method, body: unknown): RequestInit {
  return body === undefined
    ? { method, headers: { accept: 'application/json' } }
    : { method, body: JSON.stringify(body), headers: { accept: 'application/json', 'content-type': 'application/json' } };
}

export const api = {
  get: <Body>(path: string, options: CallOptions = {}) => send<Body>(path, json('GET', undefined), options),
  post: <Body>(path: string, body: unknown = {}, options: CallOptions = {}) => send<Body>(path, json('POST', body), options),
  /** Bytes with their own headers: a still. */
  upload: <Body>(path: string, bytes: Blob, headers: Record<string, string>, options: CallOptions = {}) =>
    send<Body>(path, { method: 'PUT', body: bytes, headers: { accept: 'application/json', 'content-type': bytes.type, ...headers } }, options),
};

export const isProblem = <Code extends string>(failure: Failure, code: Code): failure is Problem & { code: Code } =>
  failure.kind === 'problem' && failure.code === code;

/**
 * Listens to one named event of a stream; the browser reconnects by itself. A stream over a network that went away stays
 * open for minutes without a word: it counts as lost at once, and is made anew when the network is back. Returns the way
 * to stop.
 */
export function listen<Data>(
  path: string,
  event: string,
  heard: (data: Data) => void,
  connected: (alive: boolean) => void = () => {},
): () => void {
  const begin = (): EventSource => {
    const source = new EventSource(path);
    source.addEventListener(event, (message) => heard(JSON.parse((message as MessageEvent<string>).data) as Data));
    source.addEventListener('open', () => connected(true));
    source.addEventListener('error', () => connected(false));
    return source;
  };
  let source = begin();
  const lost = (): void => connected(false);
  const back = (): void => {
    source.close();
    source = begin();
  };
  window.addEventListener('offline', lost);
  window.addEventListener('online', back);
  return () => {
    window.removeEventListener('offline', lost);
    window.removeEventListener('online', back);
    source.close();
  };
}
