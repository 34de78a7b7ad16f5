// Builds the tiny firmware that device tests flash into the emulated board.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../host-tools/toolchain/paths.ts';
import { findProgram, run } from '../../host-tools/toolchain/run.ts';
import { temporaryFolder } from './temporary.ts';

/** What the marked loop of firmware.S executes, by its text. */
export const rounds = 20_000;

/** Programs that the emulated board's tests need and this machine lacks. */
export function missingPrograms(...names: string[]): string[] {
  return names.filter((name) => findProgram(name) === undefined);
}

/** The flashable bytes of test/fixtures/board-firmware. */
export async function buildBoardFirmware(): Promise<Buffer> {
  const folder = temporaryFolder();
  const source = join(packageRoot(), 'test', 'fixtures', 'board-firmware', 'firmware.S');
  const [elf, bin] = [join(folder, 'firmware.elf'), join(folder, 'firmware.bin')];
  const flags = [
    '-mcpu=cortex-m4',
    '-mthumb',
    '-nostdlib',
    '-Wl,-Ttext=0x08000000,-e,0x08000000,--no-warn-rwx-segments',
  ];
  await run('arm-none-eabi-gcc', [...flags, source, '-o', elf]);
  await run('arm-none-eabi-objcopy', ['-O', 'binary', elf, bin]);
  return readFileSync(bin);
}
