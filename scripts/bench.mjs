// `npm run bench`: set-up, then test/bench/main.ts, which says what it counts and takes `--check` and `--record`.
import { root, run, setUp } from './setup.mjs';

const missing = await setUp('test');
for (const { package: name, purpose } of missing) console.log(`${name} is missing (${purpose}).`);
process.exitCode = await run(
  process.execPath,
  ['--import', 'tsx', 'test/bench/main.ts', ...process.argv.slice(2)],
  { cwd: root },
);
