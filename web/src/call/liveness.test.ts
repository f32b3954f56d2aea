import { describe, expect, it } from 'vitest';
import { answered, asked, begin, CALL_PACE, heard, judge, LOBBY_PACE, type Pace, type Pulse } from './liveness';

/** Runs a silent path and tells when it is called dead. */
function deadAfter(pulse: Pulse, pace: Pace, stepMs = 100): number {
  for (let now = pulse.heardAt; now < pulse.heardAt + 60_000; now += stepMs) {
    const verdict = judge(pulse, pace, now);
    if (verdict === 'ask') pulse = asked(pulse, now);
    if (verdict === 'dead') return now - pulse.heardAt;
  }
  return Infinity;
}

describe('a dead path', () => {
  it('is noticed in about a second during a call', () => {
    expect(deadAfter(begin(0), CALL_PACE)).toBeLessThanOrEqual(1_000);
  });

  it('is given three round trips of a slow network', () => {
    const slow = answered(asked(begin(0), 0), 0, 800);
    expect(deadAfter(slow, CALL_PACE)).toBeGreaterThanOrEqual(2_400);
  });

  it('is never declared without a question', () => {
    expect(judge(begin(0), CALL_PACE, 3_600_000)).toBe('ask');
  });

  it('lives while anything is heard', () => {
    let pulse = begin(0);
    for (let now = 0; now < 60_000; now += 300) {
      pulse = heard(pulse, now);
      expect(judge(pulse, CALL_PACE, now + 299)).toBe('alive');
    }
  });

  it('costs a waiting phone at most one ping in five seconds', () => {
    expect(judge(begin(0), LOBBY_PACE, 4_999)).toBe('alive');
    expect(judge(begin(0), LOBBY_PACE, 5_000)).toBe('ask');
  });

  it('remembers a slow answer for a while', () => {
    const slow = answered(begin(0), 0, 1_000);
    expect(answered(slow, 2_000, 2_010).rttMs).toBe(800);
  });
});
