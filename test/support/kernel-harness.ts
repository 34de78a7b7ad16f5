// Single kernels, run as C on this machine and on emulated cores: builds the harness, hands it cases, reads its answers.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Board } from '../../boards/board.ts';
import type { CycleCounts, InstructionCounts } from '../../host-tools/emulators/counts.ts';
import { freestanding, kernelFlags, kernelSources } from '../../host-tools/toolchain/build-plan.ts';
import { firmwareFiles } from '../../host-tools/toolchain/firmware-build.ts';
import { packageRoot } from '../../host-tools/toolchain/paths.ts';
import { qemuCountPlugin } from '../../host-tools/toolchain/qemu.ts';
import { run } from '../../host-tools/toolchain/run.ts';
import type { Core, CoreMemory } from './cores.ts';
import { decodeLine, encodeCase } from './kernel-signatures.ts';
import type { Arguments, KernelCase } from './kernel-signatures.ts';

/** What a call of a kernel took, with the harness's own few instructions around it: a QEMU counts instructions by kind, rp2040js cycles. */
export type KernelCounts = InstructionCounts | CycleCounts;

/** A kernel by name, and what it is called with. */
export interface Asked {
  readonly kernel: string;
  readonly args: Arguments;
}

/** What calls gave and, on an emulated core that was to count, what each took. */
export interface Answers {
  readonly results: readonly Record<string, number[]>[];
  readonly counts: readonly KernelCounts[];
}

/** A harness that can be asked. */
export interface Harness {
  /** Calls one kernel, counted. */
  ask(kernel: string, args: readonly Arguments[]): Promise<Answers>;
  /** Calls any kernels, one after the other. */
  askAll(asked: readonly Asked[], counted: boolean): Promise<Answers>;
}

/** Runs the harness once on the bytes of a request. */
export type Runner = (request: Buffer, counted: boolean) => Promise<{ text: string; counts: KernelCounts[] }>;

/** Cuts cases into requests that have room. */
function requests(asked: readonly Asked[], room: number): Buffer[] {
  const parts: Buffer[][] = [[]];
  let used = 4;
  for (const { kernel, args } of asked) {
    const bytes = encodeCase(kernel, args);
    if (used + bytes.length > room && parts.at(-1)!.length > 0) {
      parts.push([]);
      used = 4;
    }
    parts.at(-1)!.push(bytes);
    used += bytes.length;
  }
  return parts.map((part) => Buffer.concat([...part, Buffer.alloc(4)]));
}

export function harnessOf(runOnce: Runner, room: number): Harness {
  const askAll: Harness['askAll'] = async (asked, counted) => {
    const lines: string[] = [];
    const counts: KernelCounts[] = [];
    for (const request of requests(asked, room)) {
      const answer = await runOnce(request, counted);
      lines.push(...answer.text.split('\n').slice(0, -1));
      counts.push(...answer.counts);
    }
    return { results: lines.map((line, i) => decodeLine(asked[i]!.kernel, line)), counts };
  };
  return {
    ask: (kernel, args) =>
      askAll(
        args.map((one) => ({ kernel, args: one })),
        true,
      ),
    askAll,
  };
}

const sourceFolder = 'test/support/kernel-harness';
const memorySource = 'firmware/hal/memory.c';

function sourcesOf(platform: string, hasLookup: boolean): string[] {
  const names = ['harness', 'gemv', 'vectors', 'fixed', ...(hasLookup ? ['lookup'] : []), platform];
  return names.map((name) => `${sourceFolder}/${name}.c`);
}

const hasLookup = (paths: readonly string[]): boolean => paths.some((path) => path.includes('/lookup/'));

/** Flags for which work is cut in two, as on a chip with two cores, but done by one. */
export const inTwoParts = [`-I${sourceFolder}/two-parts`] as const;

/** The kernels that run on this machine: those of a core class, or the portable C of the look-up, cut in two parts. */
export type NativeKernels = 'ref' | 'simd' | 'lookup';

function nativeSources(kernels: NativeKernels): { sources: string[]; flags: string[] } {
  const files = firmwareFiles();
  if (kernels !== 'lookup') return { sources: kernelSources(kernels, files), flags: kernelFlags(kernels) };
  // A core class without its own folder has nothing else.
  const portable = files.filter((path) => !path.startsWith('firmware/kernels/armv6m/'));
  return { sources: kernelSources('armv6m', portable), flags: [...inTwoParts, ...kernelFlags('armv6m')] };
}

/** Kernels as a process of this machine, under the sanitizers. */
export async function nativeHarness(kernels: NativeKernels, folder: string): Promise<Harness> {
  const path = join(folder, `harness-${kernels}`);
  const { sources, flags } = nativeSources(kernels);
  const sanitizers = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all'];
  const own = sourcesOf('native', hasLookup(sources));
  const room = 2 ** 30;
  await run('cc', [...flags, '-g', '-O1', ...sanitizers, ...own, ...sources, '-o', path], {
    cwd: packageRoot(),
  });
  return harnessOf(async (request) => {
    const { stdout } = await run(path, [], { input: request });
    return { text: stdout, counts: [] };
  }, room);
}

/** Compiles the kernels of a core class, the harness and what else it is to run; the ELF file lies in the folder. */
export async function buildForCore(
  { kernels, prefix, flags, libraryFlags }: Core,
  memory: CoreMemory,
  folder: string,
  more: readonly string[] = [],
): Promise<string> {
  const tool = `${prefix}gcc`;
  const cwd = packageRoot();
  const files = kernelSources(kernels, firmwareFiles());
  const sources = [...files, ...sourcesOf('chip', hasLookup(files)), memorySource, ...more];
  const objects = sources.map((_, i) => join(folder, `${i}.o`));
  const common = [...flags, ...kernelFlags(kernels), ...freestanding, '-O2'];
  const compile = (source: string, i: number): string[] => [
    ...common,
    // The compiler would turn the loops of memcpy into calls of memcpy.
    ...(source === memorySource ? ['-fno-tree-loop-distribute-patterns'] : []),
    ...(source.startsWith(sourceFolder) ? [`-DHARNESS_WORK_BYTES=${memory.workBytes}`] : []),
    ...['-c', source, '-o', objects[i]!],
  ];
  for (let first = 0; first < sources.length; first += 4) {
    const some = sources.slice(first, first + 4);
    await Promise.all(some.map((source, i) => run(tool, compile(source, first + i), { cwd })));
  }
  const elf = join(folder, 'harness.elf');
  const symbols = { code: memory.code, ram: memory.ram, request: memory.request, stack_top: memory.stackTop };
  const link = [
    ...libraryFlags,
    ...['-nostdlib', '-Wl,--gc-sections,--build-id=none,--no-warn-rwx-segments'],
    ...Object.entries(symbols).map(([name, address]) => `-Wl,--defsym=${name}=${address}`),
    `-T${sourceFolder}/chip.ld`,
  ];
  await run(tool, [...link, ...objects, '-lgcc', '-o', elf], { cwd });
  return elf;
}

/** Where harness_mark_start and harness_mark_stop lie behind the start of the code. Twin: test/support/kernel-harness/chip.ld. */
export const marks = { start: 0x100, stop: 0x140 } as const;

/** The kernels of a core's class, compiled for it, on its emulator; `more` are sources of other runners. */
export async function chipHarness(core: Core, folder: string, more?: readonly string[]): Promise<Harness> {
  const { memory } = core;
  const elf = await buildForCore(core, memory, folder, more);
  const requestPath = join(folder, 'request.bin');
  const counter = async (): Promise<string> => {
    const values = {
      ...{ out: 2, start: memory.code + marks.start, stop: memory.code + marks.stop },
      ...{ isr_start: 0, isr_end: 0 },
      ...{ flash_start: memory.code, flash_end: memory.request },
      ...{ ram_start: memory.ram, ram_end: memory.stackTop },
    };
    const given = Object.entries(values).map(([name, value]) => `${name}=${value}`);
    return [await qemuCountPlugin(core.emulator), ...given].join();
  };
  return harnessOf(async (request, counted) => {
    writeFileSync(requestPath, request);
    const { stdout, stderr } = await run(core.emulator, [
      ...[...core.machine, '-display', 'none', '-monitor', 'none', '-nodefaults'],
      ...['-semihosting-config', 'enable=on,target=native', '-kernel', elf],
      ...['-device', `loader,file=${requestPath},addr=${memory.request},force-raw=on`],
      ...(counted ? ['-plugin', await counter()] : []),
    ]);
    const lines = stderr.split('\n').filter((line) => line.startsWith('{'));
    return { text: stdout, counts: lines.map((line) => JSON.parse(line) as KernelCounts) };
  }, memory.requestBytes);
}

/** The vectors of a kernel. */
export function readVectors(kernel: string): { made_by: string; cases: KernelCase[] } {
  const path = join(packageRoot(), 'test', 'fixtures', 'kernels', `${kernel}.json`);
  return JSON.parse(readFileSync(path, 'utf8')) as { made_by: string; cases: KernelCase[] };
}

/** Whether the products of a core class look tables up, so that it has the kernels of lookup.h. */
export function looksUp(kernels: Board['kernels'] | NativeKernels): boolean {
  return kernels !== 'ref' && kernels !== 'simd';
}
