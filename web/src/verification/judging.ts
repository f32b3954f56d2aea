// Who may recommend or decide now, and if not, why: the page says it before the server has to.
import type { ClaimFile } from '../desk/model';

export type Bar = 'role' | 'already' | 'no_recommendation' | 'four_eyes';

type Judged = Pick<ClaimFile, 'recommendation' | 'decision' | 'own_role'>;

/** `mayDo` comes from the server's table; `claim.own_role` is the one role that who looks took on this claim. */
export function bar(kind: 'recommendation' | 'decision', claim: Judged, mayDo: boolean): Bar | undefined {
  if (claim[kind]) return 'already';
  if (kind === 'decision' && !claim.recommendation) return 'no_recommendation';
  const needed = kind === 'decision' ? 'decider' : 'verifier';
  if (claim.own_role && claim.own_role !== needed) return 'four_eyes';
  return mayDo ? undefined : 'role';
}
