// How well the call gets through, in four words, and what the page does about it.
import type { SignalStrength } from '../ui/level';

/** One second of the call. Shares are in 0–1. */
export type Sample = { rttMs: number; lossIn: number; lossOut: number; concealed: number };
/** What is done for the voice: nothing, a smaller picture, no picture. */
export type Help = 'none' | 'picture_reduced' | 'picture_off';
export type Meter = { signal: Exclude<SignalStrength, 'lost'>; worse: number; better: number };

const WEAK: Sample = { rttMs: 900, lossIn: 0.1, lossOut: 0.1, concealed: 0.12 };
const FAIR: Sample = { rttMs: 400, lossIn: 0.03, lossOut: 0.03, concealed: 0.04 };
/** Two bad seconds are a fact; the way back is slower, so that the picture does not flicker. */
const WORSE_AFTER = 2;
const BETTER_AFTER = 6;

const order = { good: 0, fair: 1, weak: 2 } as const;
const beyond = (sample: Sample, limit: Sample): boolean =>
  sample.rttMs > limit.rttMs || sample.lossIn > limit.lossIn || sample.lossOut > limit.lossOut || sample.concealed > limit.concealed;

export function classify(sample: Sample): Meter['signal'] {
  if (beyond(sample, WEAK)) return 'weak';
  return beyond(sample, FAIR) ? 'fair' : 'good';
}

export const freshMeter: Meter = { signal: 'good', worse: 0, better: 0 };

export function measure(meter: Meter, sample: Sample): Meter {
  const seen = classify(sample);
  if (order[seen] > order[meter.signal]) {
    const worse = meter.worse + 1;
    return worse >= WORSE_AFTER ? { signal: seen, worse: 0, better: 0 } : { ...meter, worse, better: 0 };
  }
  if (order[seen] < order[meter.signal]) {
    const better = meter.better + 1;
    const up = meter.signal === 'weak' ? 'fair' : 'good';
    return better >= BETTER_AFTER ? { signal: up, worse: 0, better: 0 } : { ...meter, better, worse: 0 };
  }
  return { ...meter, worse: 0, better: 0 };
}

export const helpFor = (signal: Meter['signal']): Help =>
  signal === 'weak' ? 'picture_off' : signal === 'fair' ? 'picture_reduced' : 'none';

/** Counters of a connection, summed over its streams. */
export type Totals = {
  receivedPackets: number;
  lostPackets: number;
  samples: number;
  concealedSamples: number;
  rttMs: number;
  lossOut: number;
  bytesReceived: number;
};
export const noTotals: Totals = { receivedPackets: 0, lostPackets: 0, samples: 0, concealedSamples: 0, rttMs: 0, lossOut: 0, bytesReceived: 0 };

type StatsRow = Record<string, unknown> & { type: string };
const number = (value: unknown): number => (typeof value === 'number' && Number.isFinite(value) ? value : 0);

/** Reads the rows of getStats; rows and fields that a browser lacks count as nothing. */
export function total(rows: Iterable<StatsRow>): Totals {
  const sum = { ...noTotals };
  for (const row of rows) {
    if (row.type === 'inbound-rtp') {
      sum.receivedPackets += number(row.packetsReceived);
      sum.lostPackets += number(row.packetsLost);
      if (row.kind === 'audio') {
        sum.samples += number(row.totalSamplesReceived);
        // Silence made by DTX is no damage.
        sum.concealedSamples += number(row.concealedSamples) - number(row.silentConcealedSamples);
      }
    } else if (row.type === 'remote-inbound-rtp') {
      sum.lossOut = Math.max(sum.lossOut, number(row.fractionLost));
      sum.rttMs = Math.max(sum.rttMs, number(row.roundTripTime) * 1000);
    } else if (row.type === 'candidate-pair' && row.nominated === true) {
      sum.rttMs = Math.max(sum.rttMs, number(row.currentRoundTripTime) * 1000);
      sum.bytesReceived += number(row.bytesReceived);
    }
  }
  return sum;
}

const share = (part: number, whole: number): number => (whole > 0 ? Math.min(1, Math.max(0, part / whole)) : 0);

/** What happened between two readings. */
export function between(before: Totals, after: Totals): Sample {
  const lost = Math.max(0, after.lostPackets - before.lostPackets);
  const received = Math.max(0, after.receivedPackets - before.receivedPackets);
  return {
    rttMs: after.rttMs,
    lossIn: share(lost, lost + received),
    lossOut: after.lossOut,
    concealed: share(after.concealedSamples - before.concealedSamples, after.samples - before.samples),
  };
}
