// `npm run bench`: counts products and whole tokens, times this computer, and prints it all as tables.
//
//   npm run bench               everything
//   npm run bench -- --check    counts only; fails with a line for each figure that is worse than the recorded one
//   npm run bench -- --record   everything, written to test/bench/recorded.json and docs/performance.md
import { cpus } from 'node:os';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../host-tools/toolchain/paths.ts';
import { run } from '../../host-tools/toolchain/run.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { benchCores } from './cores.ts';
import { hostFigures } from './host.ts';
import { kernelFigures } from './kernels.ts';
import { hostTable, kernelTable, performancePage, shareTable, tokenTable } from './page.ts';
import { recordSchema, regressions, rounded } from './record.ts';
import type { BenchRecord } from './record.ts';
import { tokenBoards, tokenFigures, tokenModels } from './tokens.ts';

const recordPath = join(packageRoot(), 'test/bench/recorded.json');
const pagePath = join(packageRoot(), 'docs/performance.md');

const note = (text: string): void => console.error(text);

async function countAll(): Promise<Pick<BenchRecord, 'kernels' | 'tokens'>> {
  const kernels: BenchRecord['kernels'] = [];
  for (const core of benchCores) {
    note(`counting products on ${core.title} …`);
    kernels.push(...(await kernelFigures(core, temporaryFolder())));
  }
  const tokens: BenchRecord['tokens'] = [];
  for (const board of tokenBoards)
    for (const model of tokenModels) {
      note(`counting tokens of ${model} on ${board} …`);
      tokens.push(await tokenFigures(model, board));
    }
  return rounded({ kernels, tokens });
}

async function versionOf(tool: string): Promise<string> {
  return (await run(tool, ['--version'])).stdout.split('\n')[0]!;
}

async function fullRecord(): Promise<BenchRecord> {
  const counted = await countAll();
  note('timing this computer …');
  const hosts = await hostFigures(temporaryFolder());
  const compilers = ['arm-none-eabi-gcc', 'riscv64-unknown-elf-gcc', 'cc'];
  return rounded({
    made_by: 'npm run bench -- --record',
    compilers: await Promise.all(compilers.map(versionOf)),
    host: `${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.version}`,
    ...counted,
    hosts,
  });
}

function print(record: Pick<BenchRecord, 'kernels' | 'tokens'> & Partial<BenchRecord>): void {
  const { kernels, tokens, hosts } = record;
  const tables = [
    kernelTable(kernels),
    ...(hosts ? [hostTable(hosts)] : []),
    tokenTable(tokens),
    shareTable(tokens),
  ];
  console.log(tables.join('\n\n'));
}

const [wanted, ...others] = process.argv.slice(2);
if (others.length > 0 || ![undefined, '--check', '--record'].includes(wanted)) {
  console.error('usage: npm run bench -- [--check | --record]');
  process.exit(2);
}
// A board of this run must not meet one that somebody else has running.
process.env['TERNLET_STATE'] = temporaryFolder();
if (wanted === '--check') {
  const recorded = recordSchema.parse(JSON.parse(readFileSync(recordPath, 'utf8')));
  const worse = regressions(await countAll(), recorded);
  console.log(
    worse.length === 0 ? 'No figure is worse than the recorded one by more than 1 %.' : worse.join('\n'),
  );
  process.exitCode = worse.length === 0 ? 0 : 1;
} else {
  const record = await fullRecord();
  print(record);
  if (wanted === '--record') {
    writeFileSync(recordPath, `${JSON.stringify(record, null, 2)}\n`);
    writeFileSync(pagePath, await performancePage(record));
  }
}
