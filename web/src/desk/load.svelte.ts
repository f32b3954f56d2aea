import type { Answer, Failure } from '../api/client';
import { isProblem } from '../api/client';
import { session } from './session.svelte';
import { stepUp } from './step-up.svelte';
import { own } from './problem';

/** Below this a wait is not noticed; showing bones would only flicker. */
const BONES_AFTER_MS = 400;

export type Load<Body> = { kind: 'waiting' } | { kind: 'bones' } | { kind: 'failed'; failure: Failure } | { kind: 'ready'; body: Body };

/** Something that a page reads. A failed refresh keeps what was shown and says so. */
export class Resource<Body> {
  state = $state.raw<Load<Body>>({ kind: 'waiting' });
  stale = $state(false);
  #ask: () => Promise<Answer<Body>>;
  #turn = 0;

  constructor(ask: () => Promise<Answer<Body>>) {
    this.#ask = ask;
    void this.load();
  }

  get body(): Body | undefined {
    return this.state.kind === 'ready' ? this.state.body : undefined;
  }

  async load(): Promise<void> {
    const turn = ++this.#turn;
    if (this.state.kind !== 'ready') this.state = { kind: 'waiting' };
    const bones = setTimeout(() => {
      if (turn === this.#turn && this.state.kind === 'waiting') this.state = { kind: 'bones' };
    }, BONES_AFTER_MS);
    const answer = await this.#ask();
    clearTimeout(bones);
    if (turn !== this.#turn) return;
    if (answer.ok) this.set(answer.body);
    else this.#fail(answer.failure);
  }

  set(body: Body): void {
    this.#turn++;
    this.stale = false;
    this.state = { kind: 'ready', body };
  }

  #fail(failure: Failure): void {
    if (isProblem(failure, 'sign_in_needed')) session.expire();
    if (this.state.kind === 'ready') this.stale = true;
    else this.state = { kind: 'failed', failure };
  }
}

export type Doing = { kind: 'idle' } | { kind: 'busy' } | { kind: 'failed'; failure: Failure };

/** Something that a page does. A step-up is asked for when the server wants one, then the act is repeated. */
export class Act {
  state = $state.raw<Doing>({ kind: 'idle' });

  get busy(): boolean {
    return this.state.kind === 'busy';
  }
  get failure(): Failure | undefined {
    return this.state.kind === 'failed' ? this.state.failure : undefined;
  }

  async run<Body>(call: () => Promise<Answer<Body>>): Promise<Answer<Body>> {
    this.state = { kind: 'busy' };
    let answer = await call();
    if (!answer.ok && isProblem(answer.failure, 'step_up_needed')) {
      answer = (await stepUp.ask()) ? await call() : { ok: false, failure: own('step_up_cancelled') };
    }
    if (answer.ok) this.state = { kind: 'idle' };
    else this.fail(answer.failure);
    return answer;
  }

  fail(failure: Failure): void {
    if (isProblem(failure, 'sign_in_needed')) session.expire();
    this.state = { kind: 'failed', failure };
  }

  clear(): void {
    this.state = { kind: 'idle' };
  }
}
