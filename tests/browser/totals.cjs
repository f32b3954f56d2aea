// Playwright's own result, counted: {passed, failed, skipped, flaky, seconds}.
const { readFileSync, writeFileSync } = require('node:fs');
const [from, to] = process.argv.slice(2);
const { stats } = JSON.parse(readFileSync(from, 'utf8'));
const totals = { passed: stats.expected, failed: stats.unexpected, skipped: stats.skipped, flaky: stats.flaky, seconds: Math.round(stats.duration / 1000) };
writeFileSync(to, JSON.stringify(totals) + '\n');
console.log(JSON.stringify(totals));
