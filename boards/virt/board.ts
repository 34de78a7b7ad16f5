// The RISC-V virt machine of QEMU, which no silicon is: QEMU docs/system/riscv/virt, hw/riscv/virt.c (address map). Sizes are ours.
import type { Board } from '../board.ts';

export default {
  title: 'RISC-V virt machine of QEMU (rv32imc, Zba)',
  chip: 'virt',
  kernels: 'rv32',
  clockHz: 125_000_000, // nominal: 8 ns of virtual time an instruction
  // The machine has two flash chips of 32 MB and as much RAM as it is given; less of both is used, so that plans mean something.
  memory: { flash: { base: 0x2000_0000, bytes: 4096 * 1024 }, ram: { base: 0x8000_0000, bytes: 256 * 1024 } },
  flashMap: {
    firmware: { base: 0x2000_0000, bytes: 128 * 1024 },
    image: { base: 0x2002_0000, bytes: 3968 * 1024 },
  },
  flashLine: { bytes: 4, cycles: { low: 0, high: 0 }, source: 'its flash is as fast as its RAM' },
  firmwareRamBytes: 8 * 1024,
  tableBytes: 32 * 1024,
  flasher: 'probe',
  eraseUnits: Array.from({ length: 64 }, () => 64 * 1024), // of one of its two chips, which lie side by side
  console: { baud: 115_200 },
  // No power model: there is no silicon that could draw a current.
  emulator: { program: 'qemu-system-riscv32', machine: 'virt', only: true },
} satisfies Board;
