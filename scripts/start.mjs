// `npm start`: from a fresh clone to a story on a board, with its table and report.
//
//   npm start                          "Once upon a time" on the emulated board
//   npm start -- "The dog" --seed 7    whatever `ternlet measure` takes
import { join } from 'node:path';
import { build } from './build.mjs';
import { root, run, setUp } from './setup.mjs';

const given = process.argv.slice(2);
const missing = (await setUp('start')).filter((entry) => entry.board);
const built = await build();
if (built !== 0) process.exit(built);

const args = given.length > 0 ? given : ['Once upon a time'];
if (missing.length > 0 && !given.includes('--board')) {
  console.error(
    `Without ${missing.map((entry) => entry.package).join(', ')} the story is told by the host board.`,
  );
  args.push('--board', 'host');
}
process.exitCode = await run(process.execPath, [join(root, 'dist/host-tools/cli.js'), 'measure', ...args]);
