// Who may recommend or decide now, and if not, why: the page says it before the server has to.
import type { ClaimFile } from '../desk/model';

export type Bar = 'role' | 'already' | 'no_recommendation' | 'four_eyes';

/** `mayDo` comes from the server's table; `mine` is whether who looks is who recommended. */
export function bar(kind: 'recommendation' | 'decision', claim: Pick<ClaimFile, 'recommendation' | 'decision'>, mayDo: boolean, mine: boolean): Bar | undefined {
  if (kind === 'recommendation') {
    if (claim.recommendation) return 'already';
    return mayDo ? undefined : 'role';
  }
  if (claim.decision) return 'already';
  if (!claim.recommendation) return 'no_recommendation';
  if (mine) return 'four_eyes';
  return mayDo ? undefined : 'role';
}
