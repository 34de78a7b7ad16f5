// Writes test/fixtures/kernels: one file of cases a kernel, from a seed, with the results of the compiler's operators.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../host-tools/toolchain/paths.ts';
import { allKernels } from './all-kernels.ts';
import { randomIntegers } from './random-integers.ts';

const folder = join(packageRoot(), 'test', 'fixtures', 'kernels');
mkdirSync(folder, { recursive: true });
for (const name of readdirSync(folder)) if (name.endsWith('.json')) rmSync(join(folder, name));
for (const { kernel, seed, cases, operator } of allKernels) {
  const lines = cases(randomIntegers(seed)).map(([name, args]) =>
    JSON.stringify({ name, in: args, out: operator(args) }),
  );
  const madeBy = 'npx tsx test/support/write-kernel-vectors.ts';
  writeFileSync(
    join(folder, `${kernel}.json`),
    `{"made_by": "${madeBy}", "cases": [\n${lines.join(',\n')}\n]}\n`,
  );
}
