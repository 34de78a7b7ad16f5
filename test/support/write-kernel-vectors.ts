// Writes test/fixtures/kernels: one file of cases a kernel, from a seed, with the results of the compiler's operators.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../host-tools/toolchain/paths.ts';
import { kernelCases, kernelOperators, randomIntegers } from './kernel-operators.ts';

const folder = join(packageRoot(), 'test', 'fixtures', 'kernels');
mkdirSync(folder, { recursive: true });
for (const [i, [kernel, makeCases]] of Object.entries(kernelCases).entries()) {
  const lines = makeCases(randomIntegers(i + 1)).map(([name, args]) =>
    JSON.stringify({ name, in: args, out: kernelOperators[kernel]!(args) }),
  );
  const madeBy = 'npx tsx test/support/write-kernel-vectors.ts';
  writeFileSync(
    join(folder, `${kernel}.json`),
    `{"made_by": "${madeBy}", "cases": [\n${lines.join(',\n')}\n]}\n`,
  );
}
