// What a visitor of each face downloads, against its budget. Fails over it. Reads web/dist: build first.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const DIST = 'dist';
const ASSETS = join(DIST, 'assets');
/** kB are 1,000 bytes. `js` and `locale` in gzip; `transfer` as served: brotli for text, fonts as they are. */
const budgets = {
  join: { js: 40, locale: 3.5, transfer: 80 },
  kiosk: { js: 50, locale: 3.5, transfer: 100 },
  // The first view; calendar and charts are lazy.
  desk: { js: 150, locale: 20, transfer: 260 },
  index: { js: 0, locale: 0, transfer: 30 },
};

const bytes = (file) => readFileSync(join(DIST, file));
const gzip = (files) => files.reduce((sum, file) => sum + gzipSync(bytes(file), { level: 9 }).length, 0);
const served = (file) =>
  /\.woff2$/.test(file)
    ? bytes(file).length
    : brotliCompressSync(bytes(file), { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }).length;

/** Follows the names of assets from the page: everything of the first view, then what loads later. */
function reached(face) {
  const all = readdirSync(ASSETS).map((name) => `assets/${name}`);
  const named = (file) => {
    const text = readFileSync(join(DIST, file), 'utf8');
    return all.filter((asset) => asset !== file && text.includes(asset.slice('assets/'.length)));
  };
  const found = new Set();
  const follow = (file) => {
    if (found.has(file)) return;
    found.add(file);
    if (/\.(html|js|css)$/.test(file)) named(file).forEach(follow);
  };
  follow(`${face}.html`);
  return { first: new Set(named(`${face}.html`)), all: found };
}

/** A visitor speaks one language: of the catalogs only the Spanish one counts. */
function weigh(face) {
  const { first, all } = reached(face);
  const scripts = [...all].filter((file) => file.endsWith('.js'));
  const catalogs = scripts.filter((file) => isCatalog(file));
  const spanish = catalogs.filter((file) => first.has(file));
  const foreign = new Set(catalogs.filter((file) => !first.has(file)));
  const code = scripts.filter((file) => !catalogs.includes(file));
  // Ten letters that only some languages need; the browser fetches the file when a page shows one.
  const carried = [...all].filter((file) => !foreign.has(file) && !file.includes('andika'));
  const kB = (sum) => Math.round(sum / 10) / 100;
  return {
    js: kB(gzip(code) + gzip(spanish)),
    locale: kB(gzip(spanish)),
    transfer: kB(carried.reduce((sum, file) => sum + served(file), 0)),
  };
}

/** The build names catalogs after their folder. */
const isCatalog = (file) => /assets\/(es|en)-/.test(file);

let over = 0;
for (const [face, budget] of Object.entries(budgets)) {
  const weight = weigh(face);
  for (const [what, limit] of Object.entries(budget)) {
    if (weight[what] <= limit) continue;
    over += 1;
    console.error(`${face}: ${what} weighs ${weight[what]} kB, its budget is ${limit} kB`);
  }
  console.log(JSON.stringify({ face, ...weight, budget }));
}
process.exitCode = over ? 1 : 0;
