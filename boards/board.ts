// What a board is to Ternlet: data about a product with pins, and how to load it by name.

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
  chip: 'stm32f405' | 'host';
  /** Names the folder of firmware/kernels whose files override those of ref. */
  kernels: 'armv7em' | 'ref';
  clockHz: number;
  memory: { flash: Region; ram: Region };
  /** The part of flash that holds the firmware, and the part that holds one image. Both start on an erase unit. */
  flashMap: { firmware: Region; image: Region };
  /** RAM that a look-up table may take, in bytes: the compiler cuts matrices into chunks whose table fits. */
  tableBytes: number;
  /** Which flasher of host-tools/flashers writes it. */
  flasher: 'stm32-rom' | 'process';
  /** Sizes of the flash's erase units in order, in bytes; empty where there are none. */
  eraseUnits: readonly number[];
  console: { baud: number };
  /** Pins that frame what is measured; names as printed in the datasheet. */
  markers?: { window: string; phase: string; token: string };
  power?: PowerModel;
  /** The emulator that stands in for the board, and its machine. */
  emulator?: { program: 'qemu-system-arm'; machine: string };
}
