import { describe, expect, it } from 'vitest';
import { waitBefore } from './reconnect';

const chances = [0, 0.25, 0.5, 0.75, 0.999];

describe('the way back after a break', () => {
  it('tries again at once', () => {
    for (const chance of chances) expect(waitBefore(0, chance)).toBeLessThanOrEqual(150);
  });

  it('waits longer from try to try, but never longer than eight seconds', () => {
    for (const chance of chances) {
      const waits = Array.from({ length: 40 }, (_, attempt) => waitBefore(attempt, chance));
      expect(waits).toEqual([...waits].sort((a, b) => a - b));
      expect(Math.max(...waits)).toBeLessThanOrEqual(8_000);
    }
  });

  it('never lets two phones with different luck come back at the same instant', () => {
    expect(new Set(chances.map((chance) => waitBefore(5, chance))).size).toBe(chances.length);
  });
});
