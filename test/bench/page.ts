// The tables of the bench, as they are printed and as docs/performance.md holds them.
import { join } from 'node:path';
import prettier from 'prettier';
import { loadBoard } from '../../boards/board.ts';
import { packageRoot } from '../../host-tools/toolchain/paths.ts';
import type { Range } from '../../host-tools/measure/figure.ts';
import { benchCores } from './cores.ts';
import type { BenchRecord, HostFigures, KernelFigures, TokenFigures } from './record.ts';
import { arithmeticOf, rooflines } from './roofline.ts';
import { nDecoded, prompt } from './tokens.ts';

type Cells = readonly string[];

const per = (value: number): string => value.toFixed(3);
const percent = (value: number): string => `${Math.round(100 * value)} %`;

/** A range with so many decimals, as one number where both ends are printed alike. */
function between({ low, high }: Range, decimals: number): string {
  const [from, to] = [low, high].map((end) =>
    end.toLocaleString('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals }),
  );
  return from === to ? from! : `${from}–${to}`;
}

function markdown(heads: Cells, rows: readonly Cells[]): string {
  const line = (cells: Cells): string => `| ${cells.join(' | ')} |`;
  const rule = heads.map((_, i) => (i < 2 ? '---' : '--:'));
  return [heads, rule, ...rows].map(line).join('\n');
}

const titles = new Map<string, string>(benchCores.map(({ key, title }) => [key, title]));

function kernelCells(one: KernelFigures): Cells {
  const { cycles, cyclesAre } = one;
  return [
    titles.get(one.core) ?? one.core,
    `\`${one.kernel}\``,
    `${per(one.instructions)} simulated`,
    cycles === null ? '–' : `${per(cycles)} ${cyclesAre ?? ''}`,
    one.tableBytes === 0 ? '–' : one.tableBytes.toLocaleString('en-US'),
    one.flashBits.toFixed(2),
    per(one.toDense),
    one.ofRoofline === null ? '–' : percent(one.ofRoofline),
  ];
}

export function kernelTable(kernels: readonly KernelFigures[]): string {
  return markdown(
    [
      'core',
      'kernel',
      'instructions / weight',
      'cycles / weight',
      'table bytes',
      'flash bits / weight',
      'to dense int8',
      'of roofline',
    ],
    kernels.map(kernelCells),
  );
}

export function hostTable(hosts: readonly HostFigures[]): string {
  const cells = ({ form, kernel, toDense }: HostFigures): Cells => [
    form,
    `\`${kernel}\``,
    `${toDense.median.toFixed(2)} (${between(toDense, 2)}) measured`,
  ];
  return markdown(['form', 'kernel', 'time to dense int8'], hosts.map(cells));
}

export function tokenTable(tokens: readonly TokenFigures[]): string {
  const cells = (one: TokenFigures): Cells => [
    one.model,
    `${one.board}, ${one.clockHz / 1e6} MHz`,
    `${between(one.tokensPerSecond, 0)} ${one.evidence}`,
    between(one.decodeCycles, 0),
    between(one.prefillCycles, 0),
    between(one.prefillToDecode, 2),
    `${between(one.rest, 1)} %`,
  ];
  return markdown(
    [
      'model',
      'board',
      'tokens / s',
      'cycles / decode token',
      'cycles / prefill token',
      'prefill to decode',
      'no ternary product',
    ],
    tokens.map(cells),
  );
}

/** Shares of a decode token; operators that a board does not have are dashes. */
export function shareTable(tokens: readonly TokenFigures[]): string {
  const operators = new Map(
    tokens.flatMap(({ operators: all }) => all.map((one) => [one.name, one.title] as const)),
  );
  const cells = (one: TokenFigures): Cells => [
    one.model,
    one.board,
    ...[...operators.keys()].map((name) => {
      const share = one.operators.find((operator) => operator.name === name)?.share;
      return share ? `${between(share, 1)} %` : '–';
    }),
  ];
  return markdown(['model', 'board', ...operators.values()], tokens.map(cells));
}

function rooflineTable(): string {
  return markdown(
    ['core', 'unit', 'of a code', 'of a word of a table'],
    benchCores.map(({ key, title }) => {
      const { unit, code, word } = rooflines[key];
      return [title, unit, arithmeticOf(code), arithmeticOf(word)];
    }),
  );
}

async function copyLines(): Promise<string> {
  const names = ['stm32f405', 'pico', 'virt'];
  const lines = await Promise.all(
    names.map(async (name) => {
      const { flashLine } = await loadBoard(name);
      return `- \`${name}\`: ${between(flashLine.cycles, 0)} cycles a line of ${flashLine.bytes} bytes. ${flashLine.source}.`;
    }),
  );
  return lines.join('\n');
}

const intro = `# Performance

Written by \`npm run bench -- --record\`, which also writes test/bench/recorded.json; \`npm run bench\` prints the same tables
anew, and \`npm run bench -- --check\` fails where a figure is worse than the recorded one by more than 1 %. Every figure says
where it comes from:

- \`simulated\`: counted by an emulator, exactly; the same in every run. Instructions by QEMU with a plugin; instructions and
  cycles of the Cortex-M0+ by rp2040js.
- \`estimated\`: computed from counts by the table of the core's manual. Of products: every instruction 1 cycle; a load 1 more
  unless it stands right behind a load or store and does not depend on it; a load or store 1 more whose address the
  instruction right ahead computes, and a store at a register offset unless it stands right behind a load; LDM, STM, PUSH,
  POP, LDRD and STRD 1 more a register; a branch taken 2 more; division 6 more; on a Cortex-M3 a product 1 more; memory
  without wait states. Of tokens: the ranges of [measuring.md](measuring.md), with what flash adds.
- \`measured\`: by the clock of the computer that the table names. Never checked, since it is different in every run.

No silicon has confirmed what is simulated or estimated.`;

const kernelText = `## Products

The mean over matrices of 256 × 256, 704 × 256 and 256 × 704 weights, rows × columns, with int8 activations: tables built
anew for each product, chunks as the compiler chooses them with 32 KB of tables. A \`pair\` multiplies two vectors at once, as
the tokens of a prompt are read; its figures are those of one of them. Before anything is counted, results are compared
with the operators of the compiler.

\`dense_s8\` is what products are compared with: the same shapes as a dense int8 layer of our own (test/bench/dense_s8.c:
C, four rows at a time; with SXTB16 and SMLAD in assembly on the cores that have them; a core without a multiplier
calls the compiler's library). *To dense int8* is the ratio to it on the same core, in cycles, or in instructions where
there are no cycles. What a compiler makes of C is not the best there is: in an earlier experiment a dense layer in assembly took
4.62 cycles a weight on a Cortex-M0+. Cortex-M33 runs the code of the Cortex-M7 row; there is no table of either core's cycles here.`;

const rooflineText = `### The roofline

The least that a kernel can cost which looks up one code for each byte of the matrix: loads, additions and what makes an
index of a code, for a weight

    code / (w v) + words × word / (w v rows)

with w = 5 weights a code of t5 and 4 of t2, v = 2 for a pair, else 1, and as many words of a table as there are codes: half of
243 of t5 and of 81 of t2, since two entries are one word, and all of them for a pair, where a word has one of each vector. A loop, the step of a pointer, sums that are
loaded and stored, the call and the first load of a run that waits are not in it, so that nothing reaches it.`;

const othersText = `### Beside others

CMSIS-NN's \`arm_fully_connected_s8\` (commit 99f736a, GCC 12.2 \`-O3\`, DSP path on the M4) and llama2.c's \`runq.c\`
(commit 350e04f, stories260K exported to int8 in groups of 64 as its \`export.py\` does, hidden size padded from 172 to
192 with zeros because \`runq.c\` needs whole groups) were built unmodified for the same cores and counted by the same
plugin and cycle table, memory without wait states. The mean over the three shapes is 2.50 cycles per weight on the
Cortex-M4 (\`estimated\`) and 8.42 on the Cortex-M0+ (\`simulated\`), with bias, requantisation and clamping, which our
products do not include. One token of \`runq.c\` at position 30 takes 3.41 million cycles with the FPU (\`-Ofast\`; 3.53
million at \`-O3\`) and 9.8 million without it. Neither is part of this repository.`;

const hostText = `### This computer

The kernels of simd, which look no tables up, as a ratio of time to a dense int8 layer that the same compiler has
vectorised (natively with all that the processor has), both between the same two points in time: the median of the rounds, and the
half of the rounds around it.`;

/** The whole page. */
export async function performancePage(record: BenchRecord): Promise<string> {
  const text = [
    intro,
    `Compilers: ${record.compilers.join('; ')}.`,
    kernelText,
    kernelTable(record.kernels),
    rooflineText,
    rooflineTable(),
    othersText,
    hostText,
    `${record.host}:`,
    hostTable(record.hosts),
    `## Whole tokens

Decode is the mean of ${nDecoded} greedy tokens behind the prompt “${prompt}”; prefill is the mean of the prompt's tokens,
which are read in pairs, with the head for the last one alone. Times are cycles by the clock of the board. On \`pico\` both cores work
on a token, and cycles are those of the core that runs main. \`virt\` is an emulator's machine: its clock is nominal, and its cycles
those of a Hazard3. Ranges are the two ends of the core's model.`,
    tokenTable(record.tokens),
    `### Where the cycles of a decode token go

By operator, as \`ternlet measure --profile\` tells. Look-ups, tables, product driver and row scales are the ternary product; the rest
is what the table above calls no ternary product.`,
    shareTable(record.tokens),
    `What a line of flash costs is part of the ranges, and the compiler copies weights to spare RAM to save it:`,
    await copyLines(),
  ].join('\n\n');
  const file = join(packageRoot(), 'docs/performance.md');
  return prettier.format(`${text}\n`, { ...(await prettier.resolveConfig(file)), parser: 'markdown' });
}
