// Any STM32F405 with USART1 on PA9/PA10. Memory: RM0090 2.3 and 3.4 (table 5); currents: DS8626 Rev 12 (STM32F405xx datasheet) 6.3.6.
import type { Board } from '../board.ts';

/** Peripherals that the firmware leaves clocked, in mA: microamps per MHz of DS8626 table 28 times the MHz of their bus. */
const clockedMilliamps = (16.71 * 42 + 3.51 * 84 + 2.7 * 168 + 2.54 * 168) / 1000; // TIM2, USART1, GPIOA, GPIOC

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
  flashLine: {
    bytes: 16,
    cycles: { low: 5, high: 10 },
    source:
      'RM0090 chapter 3: 8 lines of 128 bits for data; DS8626 Rev 12 6.3.6: 5 wait states at 168 MHz, twice where a code line is just being read',
  },
  firmwareRamBytes: 8 * 1024,
  tableBytes: 32 * 1024,
  flasher: 'stm32-rom',
  eraseUnits: [16, 16, 16, 16, 64, 128, 128, 128, 128, 128, 128, 128].map((kib) => kib * 1024),
  console: { baud: 115_200 },
  markers: { window: 'PC0', phase: 'PC1', token: 'PC2' },
  // DS8626 Rev 12 (the document that was DocID022152), at 168 MHz; typical at 25 degrees C, maximum at 85 degrees C.
  // Tables 20 (run, from flash, ART accelerator on) and 22 (sleep) switch all peripherals off; table 28 adds those that the firmware clocks.
  power: {
    source:
      'STM32F405xx datasheet DS8626 Rev 12: table 20 (run mode, ART accelerator on) and table 22 (sleep mode) at 168 MHz, all peripherals disabled, typical at 25 degrees C to maximum at 85 degrees C, and table 28 for TIM2, USART1, GPIOA and GPIOC',
    supplyVolts: 3.3,
    runMilliamps: { typical: 40 + clockedMilliamps, maximum: 54 + clockedMilliamps },
    sleepMilliamps: { typical: 12 + clockedMilliamps, maximum: 27 + clockedMilliamps },
  },
  emulator: { program: 'qemu-system-arm', machine: 'netduinoplus2' },
} satisfies Board;
