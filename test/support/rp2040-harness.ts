// Single kernels on an emulated RP2040, whose emulator counts the cycles of its Cortex-M0+.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RP2040 } from 'rp2040js';
import { run } from '../../host-tools/toolchain/run.ts';
import { cores, rp2040Memory } from './cores.ts';
import { buildForCore, harnessOf, marks } from './kernel-harness.ts';
import type { Harness, KernelCounts } from './kernel-harness.ts';

/** Calls of semihosting: twin of test/support/kernel-harness/chip.c. */
const calls = { open: 0x01, write: 0x05, exit: 0x18 } as const;
const appendMode = 8;
const console = { out: 1, error: 2 } as const;
const exitDone = 0x2_0026;

/** A chip with the harness and a request in flash, that has not run yet. */
function startChip(code: Uint8Array, request: Uint8Array): RP2040 {
  const chip = new RP2040();
  const flashBase = 0x1000_0000;
  const quiet = (): undefined => undefined;
  const refuse = (_: string, message: string): void => {
    throw new Error(message);
  };
  chip.logger = { debug: quiet, info: quiet, warn: refuse, error: refuse };
  chip.flash.set(code, rp2040Memory.code - flashBase);
  chip.flash.set(request, rp2040Memory.request - flashBase);
  chip.core.VTOR = rp2040Memory.code;
  chip.core.reset();
  return chip;
}

/** Runs a chip until it exits; gives what it wrote and what it counted. */
function runChip(chip: RP2040): { text: string; counts: KernelCounts[] } {
  const { core } = chip;
  const text = { [console.out]: '', [console.error]: '' };
  const counts: KernelCounts[] = [];
  let exit: number | undefined;
  chip.onBreak = () => {
    const [operation, argument] = [core.registers[0], core.registers[1]!];
    const word = (i: number): number => chip.readUint32(argument + 4 * i);
    if (operation === calls.exit) exit = argument;
    if (operation === calls.open) core.registers[0] = word(1) === appendMode ? console.error : console.out;
    if (operation !== calls.write) return;
    const bytes = Uint8Array.from({ length: word(2) }, (_, i) => chip.readUint8(word(1) + i));
    text[word(0) === console.error ? console.error : console.out] += Buffer.from(bytes).toString('latin1');
    core.registers[0] = 0;
  };
  let instructions = 0;
  let from = { instructions: 0, cycles: 0 };
  while (exit === undefined) {
    if (core.PC === rp2040Memory.code + marks.start) from = { instructions, cycles: core.cycles };
    if (core.PC === rp2040Memory.code + marks.stop)
      counts.push({ instructions: instructions - from.instructions, cycles: core.cycles - from.cycles });
    core.executeInstruction();
    instructions += 1;
  }
  if (exit !== exitDone) throw new Error(text[console.error]);
  return { text: text[console.out], counts };
}

/**
 * The kernels of a Cortex-M0+ on an emulated RP2040: from flash that never waits, on buffers in RAM. Those of rp2040 use its
 * interpolators; `flags` are those of the compiler beside its own, `more` sources of other runners.
 */
export async function rp2040Harness(
  folder: string,
  kernels: 'armv6m' | 'rp2040' = 'armv6m',
  more?: readonly string[],
  flags: readonly string[] = [],
): Promise<Harness> {
  const plain = cores['cortex-m0plus'];
  const core = { ...plain, kernels, flags: [...flags, ...plain.flags] };
  const elf = await buildForCore(core, rp2040Memory, folder, more);
  const flat = join(folder, 'harness.bin');
  await run(`${core.prefix}objcopy`, ['-O', 'binary', elf, flat]);
  const code = readFileSync(flat);
  return harnessOf(
    (request) => Promise.resolve(runChip(startChip(code, request))),
    rp2040Memory.requestBytes,
  );
}
