// Single kernels, run as C on this machine and on an emulated STM32F405: builds the harness, hands it cases, reads its answers.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadBoard } from '../../boards/board.ts';
import type { TokenCounts } from '../../host-tools/emulators/control.ts';
import { symbolsOf } from '../../host-tools/toolchain/arm-gcc.ts';
import { chipPlan, sourcesOf } from '../../host-tools/toolchain/build-plan.ts';
import { firmwareFiles } from '../../host-tools/toolchain/firmware-build.ts';
import { packageRoot } from '../../host-tools/toolchain/paths.ts';
import { qemuCountPlugin } from '../../host-tools/toolchain/qemu.ts';
import { run } from '../../host-tools/toolchain/run.ts';

export type ElementType = 'u8' | 's8' | 'u16' | 's16' | 'u32' | 's32';
export type Numbers = readonly number[];

/** Arguments in the order of the harness: words first, then arrays. Results likewise. */
export interface Signature {
  readonly words: readonly string[];
  readonly arrays: Readonly<Record<string, ElementType>>;
  readonly results: Readonly<Record<string, ElementType>>;
}

/** One case: arguments and results by name. */
export interface KernelCase {
  readonly name: string;
  readonly in: Readonly<Record<string, number | Numbers>>;
  readonly out: Readonly<Record<string, Numbers>>;
}

/** What the harness takes and gives for each kernel of kernels.h. Twin: runners in test/support/kernel-harness/harness.c. */
export const signatures: Readonly<Record<string, Signature>> = {
  gemv_s8_t2: { words: ['rows', 'columns'], arrays: { w: 'u8', x: 's8' }, results: { y: 's32' } },
  gemv_s8_t5: { words: ['rows', 'columns', 'chunk'], arrays: { w: 'u8', x: 's8' }, results: { y: 's32' } },
  widen_s32: { words: [], arrays: { in: 's32' }, results: { out: 's32', shift: 's32' } },
  narrow_s32: { words: [], arrays: { in: 's32' }, results: { out: 's16', shift: 's32' } },
  multiply_s32_s16: {
    words: [],
    arrays: { in: 's32', weights: 's16' },
    results: { out: 's32', shift: 's32' },
  },
  square_sum_s32: { words: ['shift'], arrays: { in: 's32' }, results: { sum: 'u32' } },
  quantize_s32_s8: {
    words: [],
    arrays: { in: 's32', weights: 's16' },
    results: { q: 's8', largest: 'u32', shift: 's32' },
  },
  scale_s32: { words: ['room', 'm', 'e'], arrays: { sums: 's32' }, results: { out: 's32' } },
  silu_s32: { words: [], arrays: { x: 's32' }, results: { out: 's32' } },
  forget_span_s32: { words: [], arrays: { gate: 's32', bound: 'u16' }, results: { span: 'u16' } },
  recur_s32: { words: [], arrays: { h: 's32', span: 'u16', input: 's32' }, results: { h: 's32' } },
  add_s32: { words: [], arrays: { x: 's32', y: 's32' }, results: { x: 's32' } },
  embed_e8: { words: ['scale', 'shift'], arrays: { row: 's8' }, results: { x: 's32' } },
  embed_e16: { words: ['scale', 'shift'], arrays: { row: 's16' }, results: { x: 's32' } },
  scale_rows_s32: {
    words: ['columns', 'digits'],
    arrays: { sums: 's32', scales: 'u16' },
    results: { out: 's32' },
  },
  digits_t2: { words: ['index', 'digits', 'columns'], arrays: { w: 'u8' }, results: { row: 's8' } },
  digits_t5: {
    words: ['index', 'digits', 'rows', 'columns', 'chunk'],
    arrays: { w: 'u8' },
    results: { row: 's8' },
  },
  fixed: { words: [], arrays: { rows: 'u32' }, results: { values: 'u32' } },
};

const typedArrays = {
  u8: Uint8Array,
  s8: Int8Array,
  u16: Uint16Array,
  s16: Int16Array,
  u32: Uint32Array,
  s32: Int32Array,
} as const;

function word(value: number): Buffer {
  return Buffer.from(Uint32Array.of(value >>> 0).buffer);
}

/** A case as the harness reads it. Twin: test/support/kernel-harness/harness.h. */
export function encodeCase(kernel: string, args: KernelCase['in']): Buffer {
  const { words, arrays } = signatures[kernel]!;
  const name = Buffer.alloc(32);
  name.write(kernel);
  return Buffer.concat([
    name,
    ...words.map((key) => word(args[key] as number)),
    ...Object.entries(arrays).flatMap(([key, type]) => {
      const bytes = Buffer.from(typedArrays[type].from(args[key] as Numbers).buffer);
      return [word(bytes.length), bytes, Buffer.alloc(-bytes.length & 3)];
    }),
  ]);
}

function decodeLine(kernel: string, line: string): Record<string, number[]> {
  const fields = line.split(' ');
  return Object.fromEntries(
    Object.entries(signatures[kernel]!.results).map(([key, type], i) => {
      const bytes = Uint8Array.from(Buffer.from(fields[i] ?? '', 'hex'));
      return [key, Array.from(new typedArrays[type](bytes.buffer))];
    }),
  );
}

/** A harness that can be asked. */
export interface Harness {
  /** Results of the cases of one kernel, and on a chip what was counted. */
  ask(
    kernel: string,
    args: readonly KernelCase['in'][],
  ): Promise<{ results: Record<string, number[]>[]; counts: TokenCounts[] }>;
}

function request(kernel: string, args: readonly KernelCase['in'][]): Buffer {
  return Buffer.concat([...args.map((one) => encodeCase(kernel, one)), Buffer.alloc(4)]);
}

function answers(kernel: string, stdout: string): Record<string, number[]>[] {
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => decodeLine(kernel, line));
}

const sourceFolder = 'test/support/kernel-harness';
const isKernel = (path: string): boolean => path.startsWith('firmware/kernels/');

/** ref/ as a process of this machine, under the sanitizers. */
export async function nativeHarness(folder: string): Promise<Harness> {
  const path = join(folder, 'native-harness');
  const kernels = sourcesOf(await loadBoard('host'), 'native', firmwareFiles()).filter(isKernel);
  const flags = [
    ...['-std=c11', '-fno-strict-aliasing', '-Wall', '-Wextra', '-Werror', '-g', '-O1'],
    ...['-fsanitize=address,undefined', '-fno-sanitize-recover=all'],
    ...['-Ifirmware', '-Ifirmware/kernels', '-Ifirmware/kernels/ref'],
  ];
  const own = ['harness.c', 'native.c'].map((name) => `${sourceFolder}/${name}`);
  await run('cc', [...flags, ...own, ...kernels, '-o', path], { cwd: packageRoot() });
  return {
    async ask(kernel, args) {
      const { stdout } = await run(path, [], { input: request(kernel, args) });
      return { results: answers(kernel, stdout), counts: [] };
    },
  };
}

/** A board's kernels with the flags of its firmware, on its emulated chip. */
export async function chipHarness(name: string, folder: string): Promise<Harness> {
  const board = await loadBoard(name);
  const root = packageRoot();
  const plan = chipPlan(name, board, firmwareFiles(), folder, { low: 0, high: 0 });
  const kernels = plan.commands.filter(({ args }) =>
    args.some((arg) => isKernel(arg) && /\.[cS]$/.test(arg)),
  );
  const objectOf = (args: readonly string[]): string => args[args.indexOf('-o') + 1]!;
  const own = ['harness.c', 'stm32f405.c'].map((file) => {
    const args = kernels[0]!.args.slice(0, kernels[0]!.args.indexOf('-c'));
    return [...args, '-c', `${sourceFolder}/${file}`, '-o', join(folder, `${file}.o`)];
  });
  const compiles = [...kernels.map(({ args }) => args), ...own];
  for (let first = 0; first < compiles.length; first += 4) {
    const some = compiles.slice(first, first + 4);
    await Promise.all(some.map((args) => run('arm-none-eabi-gcc', args, { cwd: root })));
  }
  const elf = join(folder, 'harness.elf');
  const cpu = kernels[0]!.args.filter((arg) => arg.startsWith('-m'));
  const link = [
    ...cpu,
    '-nostdlib',
    '-Wl,--gc-sections,--no-warn-rwx-segments',
    `-T${sourceFolder}/stm32f405.ld`,
  ];
  await run('arm-none-eabi-gcc', [...link, ...compiles.map(objectOf), '-lgcc', '-o', elf], { cwd: root });
  const marks = new Map((await symbolsOf(elf)).map((symbol) => [symbol.name, symbol.address]));
  const [start, stop] = [marks.get('harness_mark_start')!, marks.get('harness_mark_stop')!];
  const plugin = `${await qemuCountPlugin()},out=2,start=${start},stop=${stop},isr_start=0,isr_end=0`;
  const requestPath = join(folder, 'request.bin');
  return {
    async ask(kernel, args) {
      writeFileSync(requestPath, request(kernel, args));
      const { stdout, stderr } = await run('qemu-system-arm', [
        ...['-M', board.emulator!.machine, '-display', 'none', '-monitor', 'none', '-nodefaults'],
        ...['-semihosting-config', 'enable=on,target=native', '-kernel', elf],
        ...['-device', `loader,file=${requestPath},addr=${board.flashMap.image.base},force-raw=on`],
        ...['-plugin', plugin],
      ]);
      const counts = stderr
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line) as TokenCounts);
      return { results: answers(kernel, stdout), counts };
    },
  };
}

/** The vectors of a kernel. */
export function readVectors(kernel: string): { made_by: string; cases: KernelCase[] } {
  const path = join(packageRoot(), 'test', 'fixtures', 'kernels', `${kernel}.json`);
  return JSON.parse(readFileSync(path, 'utf8')) as { made_by: string; cases: KernelCase[] };
}
