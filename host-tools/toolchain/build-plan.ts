// From a board to the commands that build its firmware: a pure function over the list of source files.
import type { Board } from '../../boards/board.ts';

/** One run of a compiler, linker or converter, in the root of the package. */
export interface BuildCommand {
  readonly tool: string;
  readonly args: readonly string[];
}

/** How one target is built. Paths are relative to the root of the package, outputs below `out`. */
export interface BuildPlan {
  /** What the result depends on: sources and headers, sorted. */
  readonly inputs: readonly string[];
  readonly commands: readonly BuildCommand[];
  /** Names of the results in `out`; the first is the one that runs. */
  readonly results: readonly string[];
}

/** The three ways in which the same C is built. */
export type Target = 'chip' | 'native' | 'wasm';

/** 64 bits that name sources, flags and compiler, as two words. */
export interface BuildId {
  readonly low: number;
  readonly high: number;
}

/** The engine reuses buffers with elements of another width. */
const warnings = [
  '-std=c11',
  '-fno-strict-aliasing',
  '-Wall',
  '-Wextra',
  '-Werror',
  '-Wstrict-prototypes',
  '-Wmissing-prototypes',
];
/** The folders of firmware/kernels that serve a core class: a file of a later one replaces that of an earlier one. */
const kernelFolders: Readonly<Record<Board['kernels'], readonly string[]>> = {
  ref: ['ref'],
  simd: ['ref', 'simd'],
  armv6m: ['ref', 'lookup', 'armv6m'],
  rp2040: ['ref', 'lookup', 'armv6m', 'rp2040', 'split'],
  armv7m: ['ref', 'lookup', 'armv7m'],
  armv7em: ['ref', 'lookup', 'armv7m', 'armv7em'],
  rv32: ['ref', 'lookup', 'rv32'],
};

/** A core class overrides headers as it does files. */
function includes({ kernels, chip }: Pick<Board, 'kernels'> & Partial<Board>): string[] {
  const folders = kernelFolders[kernels].map((folder) => `-Ifirmware/kernels/${folder}`);
  const ofChip = chip === undefined ? [] : [`-Ifirmware/hal/${chip}`];
  return ['-Ifirmware', '-Ifirmware/kernels', ...ofChip, ...folders.reverse()];
}

/** What the kernels of a core class are compiled with, beside what the core asks for. */
export function kernelFlags(kernels: Board['kernels']): string[] {
  return [...warnings, ...includes({ kernels })];
}

/** What compiles for a core. */
export interface Compilation {
  /** First part of the names of compiler and converter. */
  readonly prefix: string;
  readonly flags: readonly string[];
  /** What finds the compiler's library, where the flags above do not. */
  readonly libraryFlags?: readonly string[];
}

/** No floating point unit is used, and no function of the compiler's library that stands for one is wanted. */
const chips: Readonly<Record<Exclude<Board['chip'], 'host'>, Compilation>> = {
  stm32f405: { prefix: 'arm-none-eabi-', flags: ['-mcpu=cortex-m4', '-mthumb', '-mfloat-abi=soft'] },
  rp2040: { prefix: 'arm-none-eabi-', flags: ['-mcpu=cortex-m0plus', '-mthumb', '-mfloat-abi=soft'] },
  // The compiler comes without a library for Zba, and without a word takes one of 64 bits.
  virt: {
    prefix: 'riscv64-unknown-elf-',
    flags: ['-march=rv32imc_zicsr_zba', '-mabi=ilp32'],
    libraryFlags: ['-march=rv32imc', '-mabi=ilp32'],
  },
};
/** What every source for a chip is compiled with. */
export const freestanding = ['-ffreestanding', '-ffunction-sections', '-fdata-sections', '-fno-common'];

function stem(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).replace(/\.[cS]$/, '');
}

/** The sources below a folder of firmware/. */
function sourcesIn(folder: string, files: readonly string[]): string[] {
  return files.filter((path) => path.startsWith(`firmware/${folder}/`) && /\.[cS]$/.test(path));
}

/** One file for each kernel of a core class. */
export function kernelSources(kernels: Board['kernels'], files: readonly string[]): string[] {
  const chosen = new Map<string, string>();
  for (const folder of kernelFolders[kernels])
    for (const path of sourcesIn(`kernels/${folder}`, files)) chosen.set(stem(path), path);
  return [...chosen.values()].sort();
}

/** The sources of a target: all of the portable folders, one chip, and the kernels that neither core class nor chip replaces. */
export function sourcesOf(board: Board, target: Target, files: readonly string[]): string[] {
  const inFolder = (folder: string): string[] => sourcesIn(folder, files);
  const chip = inFolder(`hal/${board.chip}`).filter((path) => {
    if (target === 'native') return !/\/wasm[^/]*$/.test(path);
    return target === 'chip' || !/\/native[^/]*$/.test(path);
  });
  const ofChip = new Set(chip.map(stem));
  const kernels = kernelSources(board.kernels, files).filter((path) => !ofChip.has(stem(path)));
  const start = target === 'wasm' ? [] : ['firmware/main.c'];
  const memory = target === 'native' ? [] : ['firmware/hal/memory.c'];
  return [
    ...start,
    ...memory,
    ...inFolder('engine'),
    ...inFolder('text'),
    ...inFolder('link'),
    ...kernels,
    ...chip,
  ].sort();
}

function inputsOf(
  name: string,
  board: Board,
  sources: readonly string[],
  files: readonly string[],
): string[] {
  // A kernel may take in the file that it replaces.
  const others = files.filter(
    (path) =>
      (/\.(h|ld)$/.test(path) || /^firmware\/kernels\/.*\.[cS]$/.test(path)) &&
      !sources.includes(path) &&
      (!path.startsWith('firmware/gen/board_') || path.startsWith(`firmware/gen/board_${name}.`)) &&
      (!/^firmware\/(hal|kernels)\/[^/]+\//.test(path) ||
        [`hal/${board.chip}`, ...kernelFolders[board.kernels].map((folder) => `kernels/${folder}`)].some(
          (folder) => path.startsWith(`firmware/${folder}/`),
        )),
  );
  return [...sources, ...others].sort();
}

/** For size, without what makes code larger all the same; found by trial. */
const smallest = ['-Os', '-fno-move-loop-invariants', '-fno-caller-saves', '-fno-schedule-insns2'];
/** For speed, without what costs 800 bytes of step.c and wins no cycles. */
const smallAndFast = [
  '-O2',
  '-fno-inline-functions',
  '-fno-inline-small-functions',
  '-fno-tree-ch',
  '-freorder-blocks-algorithm=simple',
];

/** What runs per token is built for speed, the rest for size; of the STM32F405, whose flash has a budget, less is for speed. */
function optimisation(source: string, chip: Board['chip']): readonly string[] {
  if (chip === 'stm32f405') {
    if (source === 'firmware/engine/step.c') return smallAndFast;
    return /^firmware\/kernels\/.*(?<!digits_t.|_rarely|_large)\.c$/.test(source) ? ['-O2'] : smallest;
  }
  return [/^firmware\/(engine\/step\.c$|kernels\/|text\/)/.test(source) ? '-O2' : '-Os'];
}

function defines(name: string, id: BuildId): string[] {
  return [
    `-DTLM_BOARD_H="gen/board_${name}.h"`,
    `-DTLM_BUILD_LOW=0x${id.low.toString(16)}u`,
    `-DTLM_BUILD_HIGH=0x${id.high.toString(16)}u`,
  ];
}

/** The compiler would turn the loops of memcpy into calls of memcpy. */
function ownMemory(source: string, flag: string): string[] {
  return source === 'firmware/hal/memory.c' ? [flag] : [];
}

/** Plan for a chip: objects, ELF, flat binary. */
export function chipPlan(
  name: string,
  board: Board,
  files: readonly string[],
  out: string,
  id: BuildId,
): BuildPlan {
  const sources = sourcesOf(board, 'chip', files);
  if (board.chip === 'host') throw new Error(`${name} is no chip.`);
  const { prefix, flags: cpu, libraryFlags = cpu } = chips[board.chip];
  const tool = `${prefix}gcc`;
  const objects = sources.map((source) => `${out}/${source.replaceAll('/', '_').replace(/\.[cS]$/, '.o')}`);
  const compile = sources.map((source, i) => ({
    tool,
    args: [
      ...cpu,
      ...warnings,
      ...freestanding,
      ...optimisation(source, board.chip),
      ...ownMemory(source, '-fno-tree-loop-distribute-patterns'),
      ...includes(board),
      ...defines(name, id),
      '-c',
      source,
      '-o',
      objects[i]!,
    ],
  }));
  const link = {
    tool,
    args: [
      ...libraryFlags,
      '-nostdlib',
      '-Wl,--gc-sections',
      '-Wl,--build-id=none',
      '-Wl,--fatal-warnings',
      `-Tfirmware/gen/board_${name}.ld`,
      `-Tfirmware/hal/${board.chip}/memory.ld`,
      ...objects,
      '-lgcc',
      '-o',
      `${out}/firmware.elf`,
    ],
  };
  const flatten = {
    tool: `${prefix}objcopy`,
    args: ['-O', 'binary', `${out}/firmware.elf`, `${out}/firmware.bin`],
  };
  return {
    inputs: inputsOf(name, board, sources, files),
    commands: [...compile, link, flatten],
    results: ['firmware.bin', 'firmware.elf'],
  };
}

/** Plan for a process of this machine. */
export function nativePlan(
  name: string,
  board: Board,
  files: readonly string[],
  out: string,
  id: BuildId,
): BuildPlan {
  const sources = sourcesOf(board, 'native', files);
  const args = [
    ...warnings,
    '-O2',
    ...includes(board),
    ...defines(name, id),
    ...sources,
    '-o',
    `${out}/device`,
  ];
  return {
    inputs: inputsOf(name, board, sources, files),
    commands: [{ tool: 'cc', args }],
    results: ['device'],
  };
}

/** Plan for WebAssembly without a C library: its tool is the clang of npm, not a program. */
export function wasmPlan(
  name: string,
  board: Board,
  files: readonly string[],
  out: string,
  id: BuildId,
): BuildPlan {
  const sources = sourcesOf(board, 'wasm', files);
  const args = [
    '--target=wasm32',
    '-nostdlib',
    '-ffreestanding',
    '-fno-builtin',
    '-O3',
    '-mbulk-memory',
    '-msimd128',
    ...warnings,
    ...includes(board),
    ...defines(name, id),
    '-Wl,--no-entry',
    '-Wl,--strip-all',
    '-Wl,-z,stack-size=65536',
    ...sources,
    '-o',
    `${out}/device.wasm`,
  ];
  return {
    inputs: inputsOf(name, board, sources, files),
    commands: [{ tool: 'wasm-clang', args }],
    results: ['device.wasm'],
  };
}
