// A question is answered, unknown, declined or was not asked: four different facts. Silence is none of them.
import type { Answer } from './model';

export type Draft = { choice: 'yes' | 'no' | 'unknown' | 'declined' | 'not_asked' | undefined; note: string };
export const blank = (): Draft => ({ choice: undefined, note: '' });

export function answerOf(draft: Draft): Answer | undefined {
  if (draft.choice === undefined) return undefined;
  if (draft.choice === 'yes' || draft.choice === 'no') return { state: 'answered', value: draft.choice, note: draft.note.trim() || null };
  return { state: draft.choice };
}
