// The firmware of the STM32F405 as it is linked: no floating point, within its flash and RAM, the same bytes each time.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from 'chai';
import { flashBoard } from '../../host-tools/commands/flash-board.ts';
import { openBoard } from '../../host-tools/commands/board-port.ts';
import type { Io } from '../../host-tools/commands/command.ts';
import { firmwareInfoOffset, readFirmwareInfo } from '../../host-tools/contracts/firmware.ts';
import { openSession } from '../../host-tools/link/session.ts';
import { floatingPointIn, sizesOf, symbolsOf } from '../../host-tools/toolchain/binutils.ts';
import { buildFirmware } from '../../host-tools/toolchain/firmware-build.ts';
import { run } from '../../host-tools/toolchain/run.ts';
import { missingPrograms } from '../support/board-firmware.ts';
import { shippedImage } from '../support/devices.ts';
import { assertGolden } from '../support/golden.ts';
import { patient } from '../support/link-talk.ts';
import { temporaryState } from '../support/temporary.ts';

/** Budgets of DESIGN.md §2, in bytes. */
const budgets = { flash: 32 * 1024, ramBeyondPlan: 6 * 1024 };

const missing = missingPrograms('arm-none-eabi-gcc', 'arm-none-eabi-objcopy');
const missingEmulator = missingPrograms('qemu-system-arm', 'perl', 'stty');

const silent: Io = {
  write: () => Promise.resolve(),
  log: () => undefined,
  progress: () => undefined,
  signal: new AbortController().signal,
};

describe('the firmware of stm32f405', function () {
  this.timeout(600_000);
  const folder = temporaryState();
  let elf: string;
  let binary: Buffer;
  let buildId: string;

  before(async function () {
    if (missing.length > 0) {
      console.log(`      skipped: this machine lacks ${missing.join(', ')}`);
      return this.skip();
    }
    const build = await buildFirmware('stm32f405');
    if (build.elfPath === undefined) {
      console.log('      skipped: the firmware came built, without symbols');
      return this.skip();
    }
    [elf, binary, buildId] = [build.elfPath, readFileSync(build.path), build.buildId];
  });

  it('has no floating point', async () => {
    assert.deepEqual(await floatingPointIn(elf), []);
  });

  /** What the check finds in a function that is compiled like the firmware, but for these flags. */
  async function foundIn(body: string, flags: readonly string[]): Promise<string[]> {
    const [source, object] = [join(folder, 'planted.c'), join(folder, 'planted.o')];
    writeFileSync(source, body);
    await run('arm-none-eabi-gcc', [
      '-mcpu=cortex-m4',
      '-mthumb',
      '-O2',
      ...flags,
      '-c',
      source,
      '-o',
      object,
    ]);
    return floatingPointIn(object);
  }

  it('would be caught with a planted float, in software and in hardware', async () => {
    const product = 'float f(float a, int b) { return a * b; }';
    assert.includeMembers(await foundIn(product, ['-mfloat-abi=soft']), ['__aeabi_fmul', '__aeabi_i2f']);
    assert.isNotEmpty(await foundIn(product, ['-mfloat-abi=hard', '-mfpu=fpv4-sp-d16']));
    assert.isNotEmpty(await foundIn('int f(double a) { return a > 1.5; }', ['-mfloat-abi=soft']));
    assert.isEmpty(
      await foundIn('long long f(long long a, long long b) { return a / b; }', ['-mfloat-abi=soft']),
    );
  });

  it('says where the host finds what it counts', async () => {
    const info = readFirmwareInfo(binary)!;
    const address = new Map((await symbolsOf(elf)).map((symbol) => [symbol.name, symbol.address]));
    assert.equal(info.board, 'stm32f405');
    assert.equal(info.buildId, buildId);
    assert.equal(info.firmwareBytes, binary.length);
    assert.equal(info.markStart, address.get('tlm_mark_token_in'));
    assert.equal(info.markStop, address.get('tlm_mark_logits_ready'));
    assert.isTrue(info.isrStart <= address.get('tlm_usart1_interrupt')! && info.isrEnd > info.isrStart);
    assert.equal(address.get('tlm_firmware_info'), 0x0800_0000 + firmwareInfoOffset);
  });

  it('fits its budget of flash, and is as large as sizes.txt says', async () => {
    const { flashBytes, staticBytes } = await sizesOf(elf);
    assert.isAtMost(flashBytes, budgets.flash);
    assert.equal(flashBytes, binary.length);
    const version = (await run('arm-none-eabi-gcc', ['-dumpfullversion'])).stdout.trim();
    const text = `stm32f405, arm-none-eabi-gcc ${version}: flash ${flashBytes}, variables ${staticBytes}\n`;
    const golden = readFileSync(join(import.meta.dirname, '..', 'golden', 'sizes.txt'), 'utf8');
    if (process.env['TERNLET_GOLDEN'] === 'write' || golden.includes(`gcc ${version}:`))
      assertGolden('sizes.txt', text);
    else console.log(`      not compared with sizes.txt, which is of another compiler: ${text.trim()}`);
  });

  it('fits its budget of RAM beyond the plan, the stack measured after stories', async function () {
    if (missingEmulator.length > 0) {
      console.log(`      skipped: this machine lacks ${missingEmulator.join(', ')}`);
      return this.skip();
    }
    const build = await buildFirmware('stm32f405');
    const target = await openBoard({ name: 'stm32f405', named: false, port: undefined }, silent);
    try {
      await flashBoard(target, build, await shippedImage('stories-1m'), silent);
      const session = await openSession(target.port, patient);
      for (const temperatureMilli of [0, 900]) {
        const options = { maxTokens: 4, temperatureMilli, topK: 40, topPMilli: 900 };
        for await (const event of session.generate({ text: 'Once upon a time' }, options)) void event;
      }
      const { memory } = await session.identify();
      await session.close();
      assert.isAbove(memory.stackUsed, 0);
      assert.isBelow(memory.stackUsed, memory.stackBytes);
      assert.isAtMost(memory.staticBytes + memory.stackUsed, budgets.ramBeyondPlan);
    } finally {
      await target.close();
    }
  });
});
