// A question is answered, unknown, declined or was not asked: four different facts. Silence is none of them.
import type { Answer } from './model';

export type Draft = { choice: 'yes' | 'no' | 'unknown' | 'declined' | 'not_asked' | undefined; note: string; feared: string[] };
export const blank = (): Draft => ({ choice: undefined, note: '', feared: [] });

export function answerOf(draft: Draft): Answer | undefined {
  if (draft.choice === undefined) return undefined;
  if (draft.choice === 'yes' || draft.choice === 'no') {
    const feared_states = draft.choice === 'yes' ? draft.feared : [];
    return { state: 'answered', value: draft.choice, note: draft.note.trim() || null, feared_states };
  }
  return { state: draft.choice };
}
