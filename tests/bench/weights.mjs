// The lines of web/weight.mjs, which weigh a face at once, as one figure each; lines that are figures pass.
import { readFileSync } from 'node:fs';

for (const line of readFileSync(0, 'utf8').split('\n').filter(Boolean)) {
  const { face, budget, ...weights } = JSON.parse(line);
  if (!face) console.log(line);
  else for (const [what, value] of Object.entries(weights)) console.log(JSON.stringify({ figure: `${face}.${what}`, value, unit: 'kB', n: 1 }));
}
