// The cores on which kernels run in tests: how C is compiled for one, what emulates it, and where its memory lies.
import type { Board } from '../../boards/board.ts';

/** Addresses of the harness. */
export interface CoreMemory {
  /** Of its first word: the vectors of an Arm core, the first instruction of RISC-V. */
  readonly code: number;
  readonly request: number;
  readonly requestBytes: number;
  /** Of its variables, `workBytes` of them for the buffers of a case. */
  readonly ram: number;
  readonly workBytes: number;
  readonly stackTop: number;
}

export interface Core {
  readonly title: string;
  readonly kernels: Board['kernels'];
  /** First part of the names of the compiler's programs. */
  readonly prefix: string;
  readonly flags: readonly string[];
  /** Flags of the nearest core for which the compiler has its own library. */
  readonly libraryFlags: readonly string[];
  readonly emulator: 'qemu-system-arm' | 'qemu-system-riscv32';
  readonly machine: readonly string[];
  readonly memory: CoreMemory;
}

/** AN385, AN386 and AN500: 4 MB of code from 0 on, as many of data. */
const mps2Memory: CoreMemory = {
  code: 0,
  request: 0x10_0000,
  requestBytes: 0x20_0000,
  ram: 0x2000_0000,
  workBytes: 0x20_0000,
  stackTop: 0x2040_0000,
};

/** An Arm core; all of them have byte addresses and no floating point unit that a kernel would use. */
function arm(title: string, kernels: Board['kernels'], cpu: string, machine: string): Core {
  const flags = [`-mcpu=${cpu}`, '-mthumb', '-mfloat-abi=soft'];
  return {
    title,
    kernels,
    prefix: 'arm-none-eabi-',
    flags,
    libraryFlags: flags,
    emulator: 'qemu-system-arm',
    machine: ['-M', machine],
    memory: mps2Memory,
  };
}

/** Extensions that the emulated core would have beside I, each by the name that turns it off. */
const extensions = ['m', 'a', 'f', 'd', 'c', 'zba', 'zbb', 'zbc', 'zbs'];

/** A RISC-V core with nothing but the named extensions, so that any other instruction traps. */
function riscv(architecture: string, has: readonly string[], library: string): Core {
  const cpu = ['rv32', ...extensions.map((name) => `${name}=${has.includes(name) ? 'on' : 'off'}`)];
  return {
    title: architecture,
    kernels: 'rv32',
    prefix: 'riscv64-unknown-elf-',
    flags: [`-march=${architecture}_zicsr`, '-mabi=ilp32'],
    libraryFlags: [`-march=${library}`, '-mabi=ilp32'],
    emulator: 'qemu-system-riscv32',
    machine: ['-M', 'virt', '-cpu', cpu.join(), '-m', '16M', '-bios', 'none'],
    memory: {
      code: 0x8000_0000,
      request: 0x8080_0000,
      requestBytes: 0x20_0000,
      ram: 0x8010_0000,
      workBytes: 0x20_0000,
      stackTop: 0x8070_0000,
    },
  };
}

/** One for every instruction set that a kernel is written for. A Cortex-M3 executes all that an M0+ does. */
export const cores = {
  'cortex-m0plus': arm('Cortex-M0+', 'armv6m', 'cortex-m0plus', 'mps2-an385'),
  'cortex-m3': arm('Cortex-M3', 'armv7m', 'cortex-m3', 'mps2-an385'),
  'cortex-m4': arm('Cortex-M4', 'armv7em', 'cortex-m4', 'mps2-an386'),
  'cortex-m7': arm('Cortex-M7', 'armv7em', 'cortex-m7', 'mps2-an500'),
  rv32i: riscv('rv32i', [], 'rv32i'),
  rv32im: riscv('rv32im', ['m'], 'rv32im'),
  rv32imc: riscv('rv32imc', ['m', 'c'], 'rv32im'),
  rv32imc_zba: riscv('rv32imc_zba', ['m', 'c', 'zba'], 'rv32im'),
} as const satisfies Readonly<Record<string, Core>>;
export type CoreName = keyof typeof cores;

/** The memory of an RP2040: code and request in flash, the rest in the part of RAM that banks share. */
export const rp2040Memory: CoreMemory = {
  code: 0x1000_0000,
  request: 0x1010_0000,
  requestBytes: 0x10_0000,
  ram: 0x2000_0000,
  workBytes: 0x3_8000,
  stackTop: 0x2004_0000,
};

/** Programs that a core needs to be compiled for and emulated; cc builds the counter. */
export function programsOf({ prefix, emulator }: Core): string[] {
  return ['cc', `${prefix}gcc`, emulator];
}
