// What a board is to Ternlet: data about a product with pins, and how to load it by name.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** A contiguous range of addresses. */
export interface Region {
  base: number;
  bytes: number;
}

/** Supply and currents of the chip alone, for estimates; `source` names the datasheet table. */
export interface PowerModel {
  source: string;
  supplyVolts: number;
  /** Typical and maximum supply current while the core computes, in mA. */
  runMilliamps: { typical: number; maximum: number };
  /** The same while the core sleeps (WFI, peripherals as the firmware leaves them), in mA. */
  sleepMilliamps: { typical: number; maximum: number };
}

export interface Board {
  title: string;
  /** Names the folder of firmware/hal. */
  chip: 'stm32f405' | 'rp2040' | 'virt' | 'host';
  /** The core class, whose folders of firmware/kernels override ref; host-tools/toolchain/build-plan.ts knows which. */
  kernels: 'armv6m' | 'rp2040' | 'armv7m' | 'armv7em' | 'rv32' | 'simd' | 'ref';
  clockHz: number;
  memory: { flash: Region; ram: Region };
  /** The part of flash that holds the firmware, and the part that holds one image. Both start on an erase unit. */
  flashMap: { firmware: Region; image: Region };
  /** What it costs the core to fetch a line of flash for data, in cycles beyond the load: the compiler decides from it what is copied to RAM. */
  flashLine: { bytes: number; cycles: { low: number; high: number }; source: string };
  /** RAM that the firmware keeps for itself: variables, stacks, code that runs from RAM. A budget that tests hold. */
  firmwareRamBytes: number;
  /** RAM that look-up tables may take at most, in bytes: the compiler cuts matrices into chunks whose table fits. */
  tableBytes: number;
  /** Which flasher of host-tools/flashers writes it. */
  flasher: 'stm32-rom' | 'probe' | 'process';
  /** Sizes of the flash's erase units in order, in bytes; empty where there are none. */
  eraseUnits: readonly number[];
  console: { baud: number };
  /** Pins that frame what is measured; names as printed in the datasheet. */
  markers?: { window: string; phase: string; token: string };
  power?: PowerModel;
  /** The emulator that stands in for the board, and its machine; `only` where there is no silicon, so that no port is taken for it. */
  emulator?: {
    program: 'qemu-system-arm' | 'qemu-system-riscv32' | 'rp2040js';
    machine: string;
    only?: true;
  };
}

/** The board that a command takes when none is named. */
export const defaultBoard = 'stm32f405';

/** A name that no folder here has. Shaped as UserError of contracts/errors.ts, since boards import nothing. */
export class UnknownBoardError extends Error {
  readonly exitCode = 1;
  readonly hint: string;
  constructor(name: string) {
    super(`there is no board "${name}"`);
    this.name = 'UserError';
    this.hint = `the boards are ${boardNames().join(', ')} (ternlet boards)`;
  }
}

/** The names of all boards, sorted: each folder beside this file that holds a board. */
export function boardNames(): string[] {
  const here = import.meta.dirname;
  return readdirSync(here)
    .filter((name) => ['ts', 'js'].some((extension) => existsSync(join(here, name, `board.${extension}`))))
    .sort();
}

/** Loads a board by the name of its folder. */
export async function loadBoard(name: string): Promise<Board> {
  if (!boardNames().includes(name)) throw new UnknownBoardError(name);
  const module = (await import(`./${name}/board.ts`)) as { default: Board };
  return module.default;
}
