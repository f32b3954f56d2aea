import { describe, expect, it } from 'vitest';
import { between, classify, freshMeter, helpFor, measure, noTotals, total, type Meter, type Sample } from './meter';

const clean: Sample = { rttMs: 80, lossIn: 0, lossOut: 0, concealed: 0 };
const run = (samples: Sample[], meter: Meter = freshMeter) => samples.reduce(measure, meter);
const times = (count: number, sample: Sample) => Array<Sample>(count).fill(sample);

describe('the meter of the connection', () => {
  it.each([
    [clean, 'good'],
    [{ ...clean, lossIn: 0.031 }, 'fair'],
    [{ ...clean, lossOut: 0.031 }, 'fair'],
    [{ ...clean, rttMs: 401 }, 'fair'],
    [{ ...clean, concealed: 0.13 }, 'weak'],
    [{ ...clean, lossIn: 0.11 }, 'weak'],
    [{ ...clean, rttMs: 901 }, 'weak'],
  ] as const)('calls %j %s', (sample, word) => {
    expect(classify(sample)).toBe(word);
  });

  it('takes one bad second for an accident and two for a fact', () => {
    const bad = { ...clean, lossIn: 0.2 };
    expect(run([bad]).signal).toBe('good');
    expect(run([bad, clean, bad]).signal).toBe('good');
    expect(run([bad, bad]).signal).toBe('weak');
  });

  it('brings the picture back step by step, not at the first good second', () => {
    const weak = run(times(2, { ...clean, lossIn: 0.2 }));
    expect(helpFor(weak.signal)).toBe('picture_off');
    expect(run(times(5, clean), weak).signal).toBe('weak');
    expect(run(times(6, clean), weak).signal).toBe('fair');
    expect(helpFor(run(times(12, clean), weak).signal)).toBe('none');
  });

  it('reads loss between two readings, not since the beginning', () => {
    const before = { ...noTotals, receivedPackets: 900, lostPackets: 100 };
    const after = { ...before, receivedPackets: 1_000, lostPackets: 100 };
    expect(between(before, after).lossIn).toBe(0);
    expect(between(before, { ...after, lostPackets: 200 }).lossIn).toBe(0.5);
  });

  it('does not take the silence of a quiet speaker for damage', () => {
    const rows = [{ type: 'inbound-rtp', kind: 'audio', packetsReceived: 5, totalSamplesReceived: 48_000, concealedSamples: 40_000, silentConcealedSamples: 40_000 }];
    expect(between(noTotals, total(rows)).concealed).toBe(0);
  });

  it('lives with a browser that tells nothing', () => {
    expect(between(noTotals, total([]))).toEqual({ rttMs: 0, lossIn: 0, lossOut: 0, concealed: 0 });
  });

  it('never shows a loss below nothing when counters jump back', () => {
    expect(between({ ...noTotals, lostPackets: 10, receivedPackets: 10 }, noTotals).lossIn).toBe(0);
  });
});
