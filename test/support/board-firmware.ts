// Builds the tiny firmwares that device tests flash into emulated boards, and counts what their marked loops execute.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadBoard } from '../../boards/board.ts';
import type { TokenCounts } from '../../host-tools/emulators/control.ts';
import type { EmulatedBoard } from '../../host-tools/emulators/index.ts';
import { symbolsOf } from '../../host-tools/toolchain/binutils.ts';
import { packageRoot, stateFolder } from '../../host-tools/toolchain/paths.ts';
import { findProgram, run } from '../../host-tools/toolchain/run.ts';
import { talkAwake } from './serial-talk.ts';
import { temporaryFolder } from './temporary.ts';
import { until } from './until.ts';

/** How often the marked loops go round, by their text. */
export const rounds = 20_000;

/** How each is compiled and where its flash begins. */
const builds = {
  stm32f405: { prefix: 'arm-none-eabi-', flags: ['-mcpu=cortex-m4', '-mthumb'], base: 0x0800_0000 },
  virt: {
    prefix: 'riscv64-unknown-elf-',
    flags: ['-march=rv32imc_zicsr_zba', '-mabi=ilp32'],
    base: 0x2000_0000,
  },
} as const;

/** Programs that the emulated board's tests need and this machine lacks. */
export function missingPrograms(...names: string[]): string[] {
  return names.filter((name) => findProgram(name) === undefined);
}

export interface BoardFirmware {
  /** The flashable bytes. */
  bytes: Buffer;
  /** The address of a label. */
  addressOf(label: string): number;
}

/** Builds test/fixtures/board-firmware/<board>.S. */
export async function buildBoardFirmware(board: keyof typeof builds): Promise<BoardFirmware> {
  const folder = temporaryFolder();
  const source = join(packageRoot(), 'test', 'fixtures', 'board-firmware', `${board}.S`);
  const [elf, bin] = [join(folder, 'firmware.elf'), join(folder, 'firmware.bin')];
  const { prefix, flags, base } = builds[board];
  const link = [
    '-nostdlib',
    `-Wl,-Ttext=0x${base.toString(16)},-e,0x${base.toString(16)},--no-warn-rwx-segments`,
  ];
  await run(`${prefix}gcc`, [...flags, ...link, source, '-o', elf]);
  await run(`${prefix}objcopy`, ['-O', 'binary', elf, bin]);
  const addresses = new Map((await symbolsOf(elf)).map(({ name, address }) => [name, address]));
  return { bytes: readFileSync(bin), addressOf: (label) => addresses.get(label)! };
}

/** The flash of a board with these bytes at its begin and nothing else, put where the emulator finds it. */
export async function flashBoardFirmware(board: string, bytes: Uint8Array): Promise<void> {
  const { memory } = await loadBoard(board);
  const flash = Buffer.alloc(memory.flash.bytes, 0xff);
  flash.set(bytes);
  const folder = join(stateFolder(), 'boards', board);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'flash.bin'), flash);
}

/** What a board with one of these firmwares counts for `n` rounds of its marked loop. */
export async function countRounds(board: EmulatedBoard, n: number): Promise<TokenCounts[]> {
  const counts: TokenCounts[] = [];
  const stop = board.subscribe((event) => event.event === 'counts' && counts.push(event.counts));
  const { expect, say, close } = await talkAwake(board.port);
  for (let i = 0; i < n; i++) {
    await say('c');
    await expect('c');
  }
  await until(() => counts.length >= n, `counts of ${n} rounds`);
  await close();
  stop();
  return counts;
}

/** Adds up objects of numbers, field by field. */
export function sumOf(all: readonly object[]): object {
  const sum: Record<string, unknown> = {};
  for (const one of all)
    for (const [name, value] of Object.entries(one) as [string, number | object][])
      sum[name] =
        typeof value === 'number'
          ? ((sum[name] as number | undefined) ?? 0) + value
          : sumOf([(sum[name] as object | undefined) ?? {}, value]);
  return sum;
}
