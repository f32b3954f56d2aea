// Puts the name of the bench and the commit to each figure. A line without a finite value is a fault, not a figure.
import { readFileSync } from 'node:fs';

const [bench, commit] = process.argv.slice(2);
for (const line of readFileSync(0, 'utf8').split('\n').filter(Boolean)) {
  const { figure, value, unit, n } = JSON.parse(line);
  if (!figure || !Number.isFinite(value) || !unit || !Number.isInteger(n)) throw new Error(`${bench} told no figure: ${line}`);
  console.log(JSON.stringify({ bench, figure, value, unit, n, commit }));
}
