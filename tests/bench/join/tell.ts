// Figures on the way out: to the file that tests/bench.sh reads. The runner has standard output for itself.
import { appendFileSync } from 'node:fs';

const share = (sorted: number[], part: number): number => sorted[Math.ceil((sorted.length - 1) * part)] as number;

export function tell(what: string, milliseconds: number[]): void {
  const sorted = [...milliseconds].sort((a, b) => a - b);
  for (const [name, part] of [['p50', 0.5], ['p90', 0.9]] as const) {
    const value = Math.round(share(sorted, part) * 10) / 10;
    appendFileSync(process.env.BENCH_FIGURES as string, `${JSON.stringify({ figure: `${what}.${name}`, value, unit: 'ms', n: sorted.length })}\n`);
  }
}
