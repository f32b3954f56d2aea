// What the compiler does not keep: which file may do what, the order of the story, lengths, locale-free sources.
// Each exception below is visible and has a reason; the list only shrinks.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8' }).trim().split('\n');
const faults = [];
const fault = (file, line, what) => faults.push(`${file}${line ? `:${line}` : ''}: ${what}`);

/** The story's modules in order; a module imports only earlier ones and the floor. */
const STORY = ['directory', 'people', 'contact', 'schedule', 'message', 'admission', 'call', 'evidence', 'verification', 'export', 'timeline'];
/** Modules of the floor that reach up on purpose: the composition root, the demo that plays the story, what starts them. */
const MAY_REACH_UP = ['app.rs', 'serve.rs', 'main.rs', 'lib.rs', 'demo'];
/** The floor's own SQL: transactions, audit, jobs, changes, health. */
const FLOOR_SQL = ['db.rs', 'db', 'audit.rs', 'jobs.rs', 'changes.rs', 'http/health.rs'];
const MAX_LINES = 400;
/** Longer files, with the reason why each is one concept. */
const LONG = {
  'signaling/src/admission/store.rs': 420, // every statement of the doors: links, digits, seats, devices
  'signaling/src/call/room.rs': 450, // one task that owns one room
  'signaling/src/evidence/store.rs': 425, // requests and items share their rows
  'signaling/src/schedule/store.rs': 430, // visits, bookings and participants are read together
};
const MAX_FUNCTION_LINES = 70;

const server = files.filter((file) => file.startsWith('signaling/src/') && file.endsWith('.rs'));
const withoutTests = (text) => text.split(/\n#\[cfg\(test\)\]\nmod /)[0];

for (const file of files.filter((name) => /\.(rs|ts|svelte|mjs)$/.test(name) && !/(^|\/|_)(tests?|examples)(\/|\.)|\.test\.ts$|types\.ts$/.test(name))) {
  const text = withoutTests(readFileSync(file, 'utf8'));
  const count = text.split('\n').length - 1;
  if (count > (LONG[file] ?? MAX_LINES)) fault(file, 0, `${count} lines: is this one concept?`);
}

for (const file of server) {
  const path = file.slice('signaling/src/'.length);
  const [room] = path.split('/');
  const name = path.split('/').at(-1);
  const lines = withoutTests(readFileSync(file, 'utf8')).split('\n');
  lines.forEach((line, index) => {
    const code = line.replace(/\/\/.*$/, '');
    const is = (list) => list.some((entry) => path === entry || room === entry);
    if (/sqlx::(query|query_as|query_scalar|raw_sql)\b/.test(code) && !/store/.test(path) && !is(FLOOR_SQL)) fault(file, index + 1, 'SQL outside store.rs');
    const here = STORY.indexOf(room);
    for (const [, there] of code.matchAll(/\bcrate::\{?(\w+)/g)) {
      const target = STORY.indexOf(there);
      if (target === -1) continue;
      if (here === -1 && !is(MAY_REACH_UP)) fault(file, index + 1, `the floor imports ${there}`);
      if (here !== -1 && target > here) fault(file, index + 1, `${room} imports ${there}, which comes later in the story`);
    }
    if (/todo!\(|unimplemented!\(|#\[ignore|allow\(dead_code\)/.test(code)) fault(file, index + 1, 'left open or skipped');
  });
  longFunctions(file, lines);
}

function longFunctions(file, lines) {
  let start = -1;
  lines.forEach((line, index) => {
    if (/^(    )?(pub(\([a-z]+\))? )?(async )?fn /.test(line)) start = index;
    if (start >= 0 && /^(    )?\}$/.test(line)) {
      if (index - start + 1 > MAX_FUNCTION_LINES) fault(file, start + 1, `a function of ${index - start + 1} lines`);
      start = -1;
    }
  });
}

for (const file of files.filter((name) => /\.(rs|md|sh|mjs|ts|svelte|sql|toml)$/.test(name) && name !== 'tests/tidy.mjs')) {
  readFileSync(file, 'utf8').split('\n').forEach((line, index) => {
    if (/\.only\(|\b(test|it|describe)\.skip\(/.test(line)) fault(file, index + 1, 'a test that is skipped, or the only one');
  });
}

if (faults.length) {
  console.log(faults.join('\n'));
  process.exit(1);
}
console.log(`tidy: ${server.length} server files in story order`);
