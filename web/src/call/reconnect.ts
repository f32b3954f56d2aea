// When to try again: at once, then ever slower, never all phones at the same instant.

/** The first try costs nothing and mends a mere change of network. */
const FIRST_MS = 150;
const STEP_MS = 500;
/** A person waiting sees life at least this often. */
const LONGEST_MS = 8_000;

/** `chance` is in [0, 1). The wait lies between a half and the whole of the step. */
export function waitBefore(attempt: number, chance: number): number {
  const whole = attempt === 0 ? FIRST_MS : Math.min(LONGEST_MS, STEP_MS * 2 ** (attempt - 1));
  return Math.round(whole * (0.5 + chance / 2));
}

/** So many refusals by the room in a row are an answer, not an accident. */
export const REFUSALS_ENOUGH = 5;
