// `npm run bench`: counts products and whole tokens, times this computer, and prints it all as tables.
//
//   npm run bench               everything
//   npm run bench -- --check    counts only; fails with a line for each figure that is worse than the recorded one
//   npm run bench -- --record   everything, written to test/bench/recorded.json and docs/performance.md
import { cpus } from 'node:os';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../host-tools/contracts/errors.ts';
import { packageRoot } from '../../host-tools/toolchain/paths.ts';
import { run } from '../../host-tools/toolchain/run.ts';
import { replaceFile } from '../../host-tools/toolchain/save-file.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { benchCores } from './cores.ts';
import { hostFigures } from './host.ts';
import { kernelFigures } from './kernels.ts';
import { hostTable, kernelTable, performancePage, shareTable, tokenTable } from './page.ts';
import { parseBenchRecord, regressions, rounded } from './record.ts';
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

function recordedBefore(): BenchRecord {
  const text = existsSync(recordPath) ? readFileSync(recordPath, 'utf8') : undefined;
  return parseBenchRecord(text, 'test/bench/recorded.json');
}

async function check(): Promise<void> {
  const recorded = recordedBefore();
  const worse = regressions(await countAll(), recorded);
  console.log(
    worse.length === 0 ? 'No figure is worse than the recorded one by more than 1 %.' : worse.join('\n'),
  );
  process.exitCode = worse.length === 0 ? 0 : 1;
}

async function show(keep: boolean): Promise<void> {
  const record = await fullRecord();
  print(record);
  if (!keep) return;
  const page = await performancePage(record);
  replaceFile(recordPath, `${JSON.stringify(record, null, 2)}\n`);
  replaceFile(pagePath, page);
}

const [wanted, ...others] = process.argv.slice(2);
if (others.length > 0 || ![undefined, '--check', '--record'].includes(wanted)) {
  console.error('usage: npm run bench -- [--check | --record]');
  process.exit(2);
}
// A board of this run must not meet one that somebody else has running.
process.env['TERNLET_STATE'] = temporaryFolder();
try {
  await (wanted === '--check' ? check() : show(wanted === '--record'));
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(`error: ${error.message}${error.hint === undefined ? '' : `\nhint:  ${error.hint}`}`);
  process.exitCode = error.exitCode;
}
