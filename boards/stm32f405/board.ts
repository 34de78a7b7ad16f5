// Any STM32F405 with USART1 on PA9/PA10. Memory: RM0090 2.3 and 3.4 (table 5); currents: DocID022152 (STM32F405xx datasheet) 5.3.6.
import type { Board } from '../board.ts';

export default {
  title: 'STM32F405 with USART1 on PA9/PA10',
  chip: 'stm32f405',
  kernels: 'armv7em',
  clockHz: 168_000_000,
  // The 64 KB of core-coupled RAM at 0x1000_0000 stay unused: the emulator does not map them.
  memory: { flash: { base: 0x0800_0000, bytes: 1024 * 1024 }, ram: { base: 0x2000_0000, bytes: 128 * 1024 } },
  flashMap: {
    firmware: { base: 0x0800_0000, bytes: 128 * 1024 }, // sectors 0 to 4
    image: { base: 0x0802_0000, bytes: 896 * 1024 }, // sectors 5 to 11
  },
  tableBytes: 16 * 1024,
  flasher: 'stm32-rom',
  eraseUnits: [16, 16, 16, 16, 64, 128, 128, 128, 128, 128, 128, 128].map((kib) => kib * 1024),
  console: { baud: 115_200 },
  markers: { window: 'PC0', phase: 'PC1', token: 'PC2' },
  power: {
    source: 'STM32F405xx datasheet (DocID022152), tables of 5.3.6: typical and maximum current consumption in run and sleep mode, 168 MHz, 25 degrees C / 85 degrees C',
    supplyVolts: 3.3,
    runMilliamps: { typical: 40, maximum: 61 },
    sleepMilliamps: { typical: 12, maximum: 31 },
  },
  emulator: { program: 'qemu-system-arm', machine: 'netduinoplus2' },
} satisfies Board;
