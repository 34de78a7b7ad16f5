// The emulated RP2040 without threads and ports, for tests that look at counts and at what goes wrong.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadBoard } from '../../boards/board.ts';
import { readFirmwareInfo } from '../../host-tools/contracts/firmware.ts';
import type { ProfileRange, TokenCounts } from '../../host-tools/emulators/counts.ts';
import { Machine } from '../../host-tools/emulators/rp2040-machine.ts';
import { firmwareFiles } from '../../host-tools/toolchain/firmware-build.ts';
import { packageRoot } from '../../host-tools/toolchain/paths.ts';
import { run } from '../../host-tools/toolchain/run.ts';
import { temporaryFolder } from './temporary.ts';

/** The bytes of a firmware of its own: the chip layer and test/fixtures/pico-firmware. */
export async function buildPicoFirmware(): Promise<Buffer> {
  const folder = temporaryFolder();
  const [elf, bin] = [join(folder, 'firmware.elf'), join(folder, 'firmware.bin')];
  const chip = firmwareFiles().filter((path) => /^firmware\/hal\/(rp2040\/.*\.[cS]|memory\.c)$/.test(path));
  const cpu = ['-mcpu=cortex-m0plus', '-mthumb', '-mfloat-abi=soft', '-Os', '-std=c11', '-ffreestanding'];
  const warnings = ['-Wall', '-Wextra', '-Werror', '-fno-tree-loop-distribute-patterns'];
  const defines = ['-DTLM_BOARD_H="gen/board_pico.h"', '-DTLM_BUILD_LOW=1u', '-DTLM_BUILD_HIGH=2u'];
  const layout = ['-nostdlib', '-Tfirmware/gen/board_pico.ld', '-Tfirmware/hal/rp2040/memory.ld'];
  const args = [
    ...cpu,
    ...warnings,
    ...defines,
    '-Ifirmware',
    '-Ifirmware/hal/rp2040',
    '-Ifirmware/kernels',
    ...layout,
    ...chip,
  ];
  const inRoot = { cwd: packageRoot() };
  await run('arm-none-eabi-gcc', [...args, 'test/fixtures/pico-firmware/main.c', '-lgcc', '-o', elf], inRoot);
  await run('arm-none-eabi-objcopy', ['-O', 'binary', elf, bin]);
  return readFileSync(bin);
}

export interface PicoRun {
  readonly machine: Machine;
  /** What it said since the last call. */
  readonly said: () => string;
  readonly counts: TokenCounts[];
  /** Says something to it and lets it run until both cores sleep; gives its answer. Resets are gone through. */
  readonly ask: (text: string) => string;
}

/** Boots a firmware, with an image behind it. Throws where a core locks up. */
export async function runPico(
  firmware: Uint8Array,
  image: Uint8Array = new Uint8Array(),
  ranges?: readonly ProfileRange[],
): Promise<PicoRun> {
  const { memory, flashMap } = await loadBoard('pico');
  const flash = new Uint8Array(memory.flash.bytes).fill(0xff);
  flash.set(firmware);
  flash.set(image, flashMap.image.base - memory.flash.base);
  const info = readFirmwareInfo(flash)!;
  const marks = { start: info.markStart, stop: info.markStop, isrStart: info.isrStart, isrEnd: info.isrEnd };
  const counts: TokenCounts[] = [];
  let heard = '';
  const boot = (): Machine =>
    new Machine(
      flash,
      {
        sent: (byte) => (heard += String.fromCharCode(byte)),
        counted: (token) => counts.push(token),
      },
      { ...marks, ...(ranges && { ranges }) },
    );
  let machine = boot();
  const said = (): string => {
    const text = heard;
    heard = '';
    return text;
  };
  const runToSleep = (): void => {
    for (let turn = 0; turn < 1000; turn++) {
      const end = machine.run(1_000_000);
      if (end === 'idle') return;
      if (end === 'locked up') throw new Error(machine.lockUp);
      if (end === 'reset') machine = boot();
    }
    throw new Error('it does not come to rest');
  };
  runToSleep();
  return {
    get machine() {
      return machine;
    },
    said,
    counts,
    ask(text) {
      machine.feed(Buffer.from(text));
      runToSleep();
      return said();
    },
  };
}
