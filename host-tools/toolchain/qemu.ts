// QEMU's emulators of Arm and RISC-V systems: their version, and a process that plays one board. Source: qemu(1), docs/devel/tcg-plugins.
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import type { Duplex, Readable } from 'node:stream';
import type { Region } from '../../boards/board.ts';
import { countPlugin } from './cc.ts';
import { endWithProcess, findProgram, requireProgram, run } from './run.ts';

/** The emulators of QEMU that boards name. */
export type QemuProgram = 'qemu-system-arm' | 'qemu-system-riscv32';

/** What an emulator is told besides the machine, and what makes its core start in flash. */
const programs: Readonly<Record<QemuProgram, { args: readonly string[]; loader: string }>> = {
  // The core reads its first address from the vector table at the begin of flash.
  'qemu-system-arm': { args: [], loader: '' },
  // RV32IMC with Zba and nothing else. The machine keeps a description of itself at the end of RAM, so that it gets more
  // than a board has; the loader sets the program counter at each reset.
  'qemu-system-riscv32': {
    args: [
      ...['-bios', 'none', '-m', '16M', '-cpu'],
      'rv32,m=true,c=true,zba=true,a=false,f=false,d=false,zbb=false,zbc=false,zbs=false',
    ],
    loader: ',cpu-num=0',
  },
};

/** Nanoseconds of virtual time for an instruction are 2 to this: 8 ns, or 125 MIPS, is near what a Cortex-M4 at 168 MHz does. */
const icountShift = 3;

/** Code addresses between which the plugin counts, and the range of interrupt handlers that it counts apart. */
export interface CountMarks {
  start: number;
  stop: number;
  isrStart: number;
  isrEnd: number;
}

/** What the plugin counts, and where. */
export interface QemuCount {
  plugin: string;
  marks: CountMarks;
  /** Where data lies. */
  memory: { flash: Region; ram: Region };
  /** A file of code ranges that are counted apart, as count-plugin.c describes it; left out: none are. */
  ranges?: string;
}

export interface QemuOptions {
  program: QemuProgram;
  machine: string;
  /** A file with the bytes of all of flash, and their address. */
  flash: { path: string; base: number };
  /** Left out: no counts. */
  count?: QemuCount;
}

export interface QemuProcess {
  /** Bytes of the first UART, both ways. */
  readonly uart: Duplex;
  /** Lines of JSON from the counting plugin; undefined when it does not count. */
  readonly counts: Readable | undefined;
  /** Resolves when QEMU is gone, with what it wrote to standard error. */
  readonly ended: Promise<{ code: number | null; signal: string | null; said: string }>;
  kill(): void;
}

const versions = new Map<QemuProgram, Promise<[number, number]>>();

/** The counting plugin for the QEMU that is installed. Throws a UserError when QEMU or a C compiler is missing. */
export async function qemuCountPlugin(program: QemuProgram = 'qemu-system-arm'): Promise<string> {
  const version = versions.get(program) ?? qemuVersion(program);
  versions.set(program, version);
  const [major, minor] = await version;
  return countPlugin(major < 9 ? 1 : major === 9 && minor === 0 ? 2 : 3);
}

/** Version of the QEMU that is installed, as [major, minor]. Throws a UserError when it is missing. */
export async function qemuVersion(program: QemuProgram): Promise<[number, number]> {
  const { stdout } = await run(program, ['--version']);
  const found = /version (\d+)\.(\d+)/.exec(stdout);
  return [Number(found?.[1] ?? 0), Number(found?.[2] ?? 0)];
}

/** Starts QEMU with the flashed bytes. It ends with this process, however that ends. */
export function startQemu(options: QemuOptions): QemuProcess {
  const { args: own, loader } = programs[options.program];
  const args = [
    ...['-M', options.machine, ...own, '-display', 'none', '-monitor', 'none', '-nodefaults'],
    ...['-chardev', 'socket,id=uart,fd=4', '-serial', 'chardev:uart'],
    // A comma in a path is written twice.
    '-device',
    `loader,file=${escape(options.flash.path)},addr=${options.flash.base},force-raw=on${loader}`,
    ...['-icount', `shift=${icountShift}`],
  ];
  if (options.count) args.push('-plugin', pluginArgument(options.count));
  const qemu = requireProgram(options.program);
  // The kernel kills QEMU when the thread that started it ends: not even SIGKILL leaves an orphan.
  const setpriv = findProgram('setpriv');
  const command =
    setpriv === undefined ? [qemu, ...args] : [setpriv, '--pdeathsig', 'KILL', '--', qemu, ...args];
  const child = spawn(command[0]!, command.slice(1), { stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'] });
  const kill = (): void => void child.kill('SIGKILL');
  const ended = waitForEnd(child).finally(endWithProcess(kill));
  const [, , , counts, uart] = child.stdio as unknown as [null, null, Readable, Duplex, Duplex];
  for (const stream of [counts, uart]) stream.on('error', () => undefined); // `ended` tells.
  return { uart, counts: options.count && counts, ended, kill };
}

/** The plugin with its arguments. */
function pluginArgument({ plugin, marks, memory, ranges }: QemuCount): string {
  const { flash, ram } = memory;
  const values = {
    ...{ out: 3, start: marks.start, stop: marks.stop, isr_start: marks.isrStart, isr_end: marks.isrEnd },
    ...{ flash_start: flash.base, flash_end: flash.base + flash.bytes },
    ...{ ram_start: ram.base, ram_end: ram.base + ram.bytes },
    ...(ranges !== undefined && { ranges: escape(ranges) }),
  };
  return [escape(plugin), ...Object.entries(values).map(([name, value]) => `${name}=${value}`)].join(',');
}

async function waitForEnd(
  child: ChildProcess,
): Promise<{ code: number | null; signal: string | null; said: string }> {
  let said = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (said += text));
  const saidAll = new Promise<void>((resolve) => void child.stderr!.once('close', resolve));
  // Not the event `close`: it would wait for a UART that nobody reads.
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: null, signal: null, said: error.message }));
    child.once('exit', (code, signal) => void saidAll.then(() => resolve({ code, signal, said })));
  });
}

function escape(path: string): string {
  return path.replaceAll(',', ',,');
}
