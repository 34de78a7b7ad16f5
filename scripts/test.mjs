// `npm test`: set-up, the checks that read sources, then all tests. The last line says how many passed and failed.
//
//   npm test                              everything
//   npm test -- test/unit/tidy.test.ts    these test files only, no other checks
//   npm run lint                          the checks only
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './build.mjs';
import { check } from './check.mjs';
import { root, run, setUp } from './setup.mjs';

const counts = { passed: 0, failed: 0, skipped: 0 };
const folder = join(root, 'build');
const bin = (name) => join(root, 'node_modules', name);

/** All C sources that a person writes; gen/ is laid out by its generator. */
function cSources(from) {
  return readdirSync(join(root, from), { withFileTypes: true }).flatMap((entry) => {
    const path = `${from}/${entry.name}`;
    if (entry.isDirectory()) return path === 'firmware/gen' ? [] : cSources(path);
    return /\.[ch]$/.test(entry.name) ? [path] : [];
  });
}

const checks = [
  {
    name: 'eslint',
    program: process.execPath,
    args: [bin('eslint/bin/eslint.js'), '--cache', '--cache-location', 'build/eslint', '.'],
  },
  {
    name: 'prettier',
    program: process.execPath,
    args: [
      bin('prettier/bin/prettier.cjs'),
      '--check',
      '--log-level',
      'warn',
      '--cache',
      '--cache-location',
      'build/prettier',
      '.',
    ],
  },
  { name: 'tsc', program: process.execPath, args: [bin('typescript/bin/tsc'), '-p', '.'] },
  {
    name: 'clang-format',
    program: 'clang-format',
    args: ['--dry-run', '--Werror', ...['firmware', 'host-tools', 'test'].flatMap(cSources)],
  },
];

/** Runs one check and counts it; one whose program is missing is skipped loudly. */
async function tell(one) {
  const started = Date.now();
  const { outcome, said } = await check(one);
  counts[outcome] += 1;
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  console.log(`  ${outcome === 'failed' ? 'FAILED' : outcome} ${one.name} (${seconds} s)`);
  if (said) console.log(said);
}

/** Runs mocha and adds what its reporter counted; a run that left no counts is one failure. */
async function mocha(given) {
  const files = given.length > 0 ? given : ['test/{unit,golden,device}/**/*.test.ts'];
  const result = join(folder, 'mocha.json');
  rmSync(result, { force: true });
  const args = [bin('mocha/bin/mocha.js'), '--reporter', 'test/support/reporter.mjs', ...files];
  const code = await run(process.execPath, args, { env: { ...process.env, TERNLET_COUNTS: result } });
  const mine = existsSync(result)
    ? JSON.parse(readFileSync(result, 'utf8'))
    : { passed: 0, failed: 1, skipped: 0 };
  if (code !== 0 && mine.failed === 0) mine.failed = 1;
  for (const key of Object.keys(counts)) counts[key] += mine[key];
}

const given = process.argv.slice(2);
const missing = await setUp('test');
for (const { package: name, purpose } of missing)
  console.log(`${name} is missing (${purpose}): what needs it is skipped.`);
mkdirSync(folder, { recursive: true });
if (given.length === 0 || given[0] === '--lint') {
  console.log('Checks of the sources:');
  await Promise.all(checks.map(tell));
}
if (given[0] !== '--lint') {
  if ((await build()) === 0) await mocha(given);
  else counts.failed += 1;
}
const { passed, failed, skipped } = counts;
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = failed > 0 ? 1 : 0;
