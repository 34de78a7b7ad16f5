// The machine that runs the tools, as a board: the same C as WebAssembly or as a native process. Limits are ours, not silicon's.
import type { Board } from '../board.ts';

export default {
  title: 'this computer (WebAssembly or a native process)',
  chip: 'host',
  kernels: 'simd',
  clockHz: 1_000_000_000, // nominal: nothing is derived from it, time comes from the machine's own clock
  memory: { flash: { base: 0, bytes: 64 * 1024 * 1024 }, ram: { base: 0, bytes: 16 * 1024 * 1024 } },
  flashMap: {
    firmware: { base: 0, bytes: 0 }, // the process itself
    image: { base: 0, bytes: 64 * 1024 * 1024 },
  },
  flashLine: { bytes: 64, cycles: { low: 0, high: 0 }, source: 'its flash is its RAM' },
  firmwareRamBytes: 0, // it has its own
  tableBytes: 64 * 1024,
  flasher: 'process',
  eraseUnits: [],
  console: { baud: 115_200 },
} satisfies Board;
