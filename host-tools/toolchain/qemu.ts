// QEMU's emulator of Arm systems: its version, and a process that plays one STM32F405. Source: qemu(1), docs/devel/tcg-plugins.
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import type { Duplex, Readable } from 'node:stream';
import { countPlugin } from './cc.ts';
import { endWithProcess, findProgram, requireProgram, run } from './run.ts';

const program = 'qemu-system-arm';

/** Nanoseconds of virtual time for an instruction are 2 to this: 8 ns, or 125 MIPS, is near what a Cortex-M4 at 168 MHz does. */
const icountShift = 3;

/** Code addresses between which the plugin counts, and the range of interrupt handlers that it counts apart. */
export interface CountMarks {
  start: number;
  stop: number;
  isrStart: number;
  isrEnd: number;
}

export interface QemuOptions {
  machine: string;
  /** A file with the bytes of all of flash, and their address. */
  flash: { path: string; base: number };
  /** Counts with this plugin between these marks; left out: no counts. */
  count?: { plugin: string; marks: CountMarks };
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

let version: Promise<[number, number]> | undefined;

/** The counting plugin for the QEMU that is installed. Throws a UserError when QEMU or a C compiler is missing. */
export async function qemuCountPlugin(): Promise<string> {
  version ??= qemuVersion();
  const [major, minor] = await version;
  return countPlugin(major < 9 ? 1 : major === 9 && minor === 0 ? 2 : 3);
}

/** Version of the QEMU that is installed, as [major, minor]. Throws a UserError when it is missing. */
export async function qemuVersion(): Promise<[number, number]> {
  const { stdout } = await run(program, ['--version'], { limitMs: 10_000 });
  const found = /version (\d+)\.(\d+)/.exec(stdout);
  return [Number(found?.[1] ?? 0), Number(found?.[2] ?? 0)];
}

/** Starts QEMU with the flashed bytes. It ends with this process, however that ends. */
export function startQemu(options: QemuOptions): QemuProcess {
  const args = [
    ...['-M', options.machine, '-display', 'none', '-monitor', 'none', '-nodefaults'],
    ...['-chardev', 'socket,id=uart,fd=4', '-serial', 'chardev:uart'],
    // A comma in a path is written twice.
    ...['-device', `loader,file=${escape(options.flash.path)},addr=${options.flash.base},force-raw=on`],
    ...['-icount', `shift=${icountShift}`],
  ];
  if (options.count) {
    const { start, stop, isrStart, isrEnd } = options.count.marks;
    const marks = `out=3,start=${start},stop=${stop},isr_start=${isrStart},isr_end=${isrEnd}`;
    args.push('-plugin', `${escape(options.count.plugin)},${marks}`);
  }
  const qemu = requireProgram(program);
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
