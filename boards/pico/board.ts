// Raspberry Pi Pico. RP2040 datasheet: 2.2 (address map), 2.6.2 (SRAM), 2.6.3 (flash); Pico datasheet: the 2 MB W25Q16JV and its pins.
import type { Board } from '../board.ts';

export default {
  title: 'Raspberry Pi Pico',
  chip: 'rp2040',
  kernels: 'rp2040',
  clockHz: 133_000_000,
  // Four striped banks of 64 KB, and behind them two of 4 KB, which have the stacks of the two cores and the variables.
  memory: { flash: { base: 0x1000_0000, bytes: 2048 * 1024 }, ram: { base: 0x2000_0000, bytes: 264 * 1024 } },
  flashMap: {
    firmware: { base: 0x1000_0000, bytes: 128 * 1024 },
    image: { base: 0x1002_0000, bytes: 1920 * 1024 },
  },
  flashLine: {
    bytes: 8,
    cycles: { low: 56, high: 58 },
    source:
      'RP2040 datasheet 2.6.3.1 (cache lines of 8 bytes) and 4.10: quad read in continuous mode takes 8 clocks for address and mode, 4 idle, 16 for the data; 28 clocks of half the core clock are 56 cycles, and up to 2 to synchronize',
  },
  firmwareRamBytes: 25.5 * 1024, // what runs for each token, and the last two banks
  tableBytes: 32 * 1024,
  flasher: 'probe',
  eraseUnits: Array.from({ length: 512 }, () => 4 * 1024), // W25Q16JV datasheet: sectors
  console: { baud: 115_200 },
  markers: { window: 'GP2', phase: 'GP3', token: 'GP4' },
  // No power model: the datasheet's table of currents (5.4) has no core that computes at 133 MHz.
  emulator: { program: 'rp2040js', machine: 'rp2040' },
} satisfies Board;
