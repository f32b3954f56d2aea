// Passkeys: the browser's own JSON forms, so that no byte is handled here.
import { api, isProblem, type Answer } from '../api/client';
import type { Me } from './model';
import { own } from './problem';

type Ceremony<Options> = { ceremony: string; options: { publicKey: Options } };
export const passkeysWork = (): boolean => typeof PublicKeyCredential !== 'undefined' && 'parseRequestOptionsFromJSON' in PublicKeyCredential;

async function ceremony<Options, Body>(path: string, ask: (options: Options) => Promise<Credential | null>): Promise<Answer<Body>> {
  if (!passkeysWork()) return { ok: false, failure: own('passkey_refused') };
  const started = await api.post<Ceremony<Options>>(`/api/auth/${path}/start`);
  if (!started.ok) return started;
  const credential = await ask(started.body.options.publicKey).catch(() => null);
  if (!(credential instanceof PublicKeyCredential)) return { ok: false, failure: own('passkey_refused') };
  return api.post<Body>(`/api/auth/${path}/finish`, { ceremony: started.body.ceremony, credential: credential.toJSON() });
}

const show = (options: PublicKeyCredentialRequestOptionsJSON): Promise<Credential | null> =>
  navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });

export const signIn = (): Promise<Answer<Me>> => ceremony('passkeys/sign-in', show);

export const register = (): Promise<Answer<unknown>> =>
  ceremony('passkeys/register', (options: PublicKeyCredentialCreationOptionsJSON) =>
    navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) }),
  );

/** In the demo an official without a passkey only says that it is them; anywhere else the server refuses that. */
export async function stepUpAgain(me: Me): Promise<Answer<unknown>> {
  if (me.demo && !me.has_passkey) return api.post('/api/auth/step-up/demo');
  return ceremony('step-up', show);
}

export const wasCancelled = (answer: Answer<unknown>): boolean => !answer.ok && isProblem(answer.failure, 'passkey_refused');
