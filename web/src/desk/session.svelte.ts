import { api, isProblem, type Failure } from '../api/client';
import type { Me, Role } from './model';

export type Session =
  | { kind: 'asking' }
  | { kind: 'unreachable' }
  | { kind: 'signed_out'; failure?: Failure }
  | { kind: 'enrolling'; me: Me }
  | { kind: 'signed_in'; me: Me };

let state = $state.raw<Session>({ kind: 'asking' });
/** The session ended while a page was open: the page stays, with everything typed, under the sign-in. */
let expired = $state(false);

export const session = {
  get state(): Session {
    return state;
  },
  get expired(): boolean {
    return expired;
  },
  /** Only for pages that are drawn to somebody signed in. */
  get me(): Me {
    if (state.kind !== 'signed_in' && state.kind !== 'enrolling') throw new Error('a desk page was drawn without a session');
    return state.me;
  },
  has: (...any: Role[]): boolean => state.kind === 'signed_in' && any.some((role) => state.kind === 'signed_in' && state.me.roles.includes(role)),
  open(me: Me): void {
    state = me.enrolment_only ? { kind: 'enrolling', me } : { kind: 'signed_in', me };
    expired = false;
  },
  async ask(before?: Failure): Promise<void> {
    const answer = await api.get<Me>('/api/me');
    if (answer.ok) session.open(answer.body);
    else if (isProblem(answer.failure, 'sign_in_needed')) state = before ? { kind: 'signed_out', failure: before } : { kind: 'signed_out' };
    else state = { kind: 'unreachable' };
  },
  /** A one-time link: the token is spent, whatever the answer. */
  async redeem(kind: 'demo' | 'enrol', token: string): Promise<void> {
    const answer = await api.post<Me>(`/api/auth/${kind}`, { token });
    if (answer.ok) return session.open(answer.body);
    await session.ask(answer.failure);
  },
  async signOut(): Promise<void> {
    await api.post('/api/auth/sign-out');
    state = { kind: 'signed_out' };
    expired = false;
  },
  expire(): void {
    if (state.kind === 'signed_in') expired = true;
  },
};
