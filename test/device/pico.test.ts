// The emulated Pico: its boot stage, both cores, counts that repeat, the probe, and the golden stories.
import { readFileSync } from 'node:fs';
import { assert } from 'chai';
import { loadBoard } from '../../boards/board.ts';
import { flashBoard } from '../../host-tools/commands/flash-board.ts';
import { openBoard } from '../../host-tools/commands/board-port.ts';
import { connectControl } from '../../host-tools/emulators/control.ts';
import type { BoardEvent } from '../../host-tools/emulators/control.ts';
import { startBoard } from '../../host-tools/emulators/index.ts';
import type { EmulatedBoard } from '../../host-tools/emulators/index.ts';
import { bootChecksum, isBootable } from '../../host-tools/emulators/rp2040-machine.ts';
import { buildFirmware } from '../../host-tools/toolchain/firmware-build.ts';
import { run } from '../../host-tools/toolchain/run.ts';
import type { Io } from '../../host-tools/commands/command.ts';
import type { Port } from '../../host-tools/link/port.ts';
import { missingPrograms } from '../support/board-firmware.ts';
import { buildPicoFirmware, runPico } from '../support/pico.ts';
import { talkAwake } from '../support/serial-talk.ts';
import { emulatedDevice, interpretStory, storyModel, tellOver } from '../support/story-devices.ts';
import type { CompiledStoryModel } from '../support/story-devices.ts';
import { temporaryState } from '../support/temporary.ts';
import { until } from '../support/until.ts';

const silent: Io = {
  write: async () => undefined,
  log: () => undefined,
  progress: () => undefined,
  signal: new AbortController().signal,
};

/** Skips a describe where the compiler is missing. */
function needs(context: Mocha.Context, ...programs: string[]): void {
  const missing = missingPrograms(...programs);
  if (missing.length === 0) return;
  console.log(`      skipped: this machine lacks ${missing.join(', ')}`);
  context.skip();
}

describe('the emulated RP2040', function () {
  this.timeout(600_000);
  let firmware: Buffer;

  before(async function () {
    needs(this, 'arm-none-eabi-gcc');
    firmware = await buildPicoFirmware();
  });

  it('computes the checksum of the boot ROM', () => {
    assert.equal(bootChecksum(Buffer.from('123456789')), 0x0376_e6e7); // CRC-32/MPEG-2 of the catalogue of CRCs
  });

  it('finds the checksum of the boot stage right', () => {
    const wanted = bootChecksum(firmware.subarray(0, 252));
    assert.equal(firmware.readUInt32LE(252).toString(16), wanted.toString(16), 'boot.S has another one');
    assert.isTrue(isBootable(firmware));
  });

  it('boots, and echoes at 115200 baud', async () => {
    const pico = await runPico(firmware);
    assert.equal(pico.said(), 'ready ');
    const before = Number.parseInt(pico.ask('t'), 16);
    assert.equal(pico.ask('abc'.repeat(100)), 'abc'.repeat(100));
    const took = Number.parseInt(pico.ask('t'), 16) - before;
    assert.approximately(took, (301 * 10e6) / 115_200, 300);
  });

  it('hands thousands of jobs to both cores and loses none, whichever is the later one', async () => {
    const sum = (modulus: number): number => {
      let all = 0;
      for (let job = 0; job < 2000; job++) {
        const n = job % modulus;
        all += (n * (n + 1)) / 2 + (n + 1) * job + 2;
      }
      return all;
    };
    const pico = await runPico(firmware);
    const wanted = [sum(37), sum(31)].map((word) => word.toString(16).padStart(8, '0'));
    for (let round = 0; round < 3; round++)
      assert.equal(pico.ask('h').replace('ready ', ''), `${wanted.join(' ')} `);
    assert.isAbove(pico.machine.core1Instructions, 3 * 2000 * 30);
  });

  it('hands over a job in well below 100 cycles, the same number each time', async () => {
    const pico = await runPico(firmware);
    for (let round = 0; round < 3; round++) pico.ask('e');
    assert.lengthOf(pico.counts, 3);
    const [first, ...others] = pico.counts;
    for (const other of others) assert.deepEqual(other, first);
    if (!first || !('cycles' in first)) throw new Error('cycles are not counted');
    assert.isBelow(first.cycles / 1000, 95);
  });

  it('takes core 1 out of its ROM again after a reset, and says where a fault happened', async () => {
    const pico = await runPico(firmware);
    const sums = pico.ask('h').replace('ready ', '');
    assert.equal(pico.ask('r'), 'ready ');
    assert.equal(pico.ask('h'), sums);
    assert.match(pico.ask('f'), /^\r\nfault at 0x[12]0[0-9a-f]{6}, core 0x00000000; restarting\r\nready $/);
    assert.match(pico.ask('w'), /^\r\nfault at 0x[12]0[0-9a-f]{6}, core 0x00000000; restarting\r\nready $/);
    assert.equal(pico.ask('h'), sums);
  });

  it('goes on where the boot loader in ROM is asked for, which is not emulated', async () => {
    const pico = await runPico(firmware);
    assert.equal(pico.ask('u.'), 'ready .');
  });
});

describe('the firmware of the Pico', function () {
  this.timeout(600_000);
  let firmware: Buffer;
  let model: CompiledStoryModel;

  before(async function () {
    needs(this, 'arm-none-eabi-gcc');
    firmware = readFileSync((await buildFirmware('pico')).binPath);
    model = await storyModel('stories-60k');
  });

  it('leaves the RAM that its board says', async () => {
    const { elfPath } = await buildFirmware('pico');
    const symbols = (await run('arm-none-eabi-nm', [elfPath!])).stdout;
    const at = (name: string): number =>
      Number.parseInt(new RegExp(`^([0-9a-f]{8}) \\w ${name}$`, 'm').exec(symbols)![1]!, 16);
    const { memory, firmwareRamBytes } = await loadBoard('pico');
    assert.isAtLeast(at('_arena_end') - at('_arena_start'), memory.ram.bytes - firmwareRamBytes);
  });

  it('counts the same for each token of the same story, on both cores, operators adding up', async () => {
    const story = async () => {
      const pico = await runPico(firmware, model.bytes, [
        { name: 'ram', start: 0x2000_0000, end: 0x2000_8000 },
        { name: 'flash', start: 0x1000_0000, end: 0x1002_0000 },
      ]);
      const text = pico.ask('set max-tokens 6\rgenerate Once upon a time\r');
      assert.match(text, /6 tokens/);
      return pico;
    };
    const [one, two] = [await story(), await story()];
    assert.deepEqual(one.counts, two.counts);
    assert.isAbove(one.machine.core1Instructions, 100_000);
    for (const counts of one.counts) {
      if (!('cycles' in counts)) throw new Error('cycles are not counted');
      const operators = Object.values(counts.operators ?? {});
      const sum = (of: 'instructions' | 'cycles' | 'flashLines'): number =>
        operators.reduce((total, operator) => total + operator[of]!, 0);
      assert.equal(sum('instructions'), counts.instructions);
      assert.equal(sum('cycles'), counts.cycles);
      assert.equal(sum('flashLines'), counts.flashLines);
      assert.isAbove(counts.instructions, counts.cycles / 2);
    }
  });
});

describe('the emulated pico', function () {
  this.timeout(600_000);
  temporaryState();
  let board: EmulatedBoard | undefined;

  before(function () {
    needs(this, 'arm-none-eabi-gcc', 'perl', 'stty');
  });

  afterEach(async () => {
    await board?.close();
    board = undefined;
  });

  it('waits in its ROM while flash is empty, and starts what a probe writes', async () => {
    const firmware = await buildPicoFirmware();
    board = await startBoard('pico');
    assert.equal(board.status().state, 'rom loader');
    assert.match(board.status().notes.join(), /no boot stage with the right checksum/);
    const control = await connectControl(board.control);
    await control.request({ do: 'write', address: 0x1000_0000, hex: firmware.toString('hex') });
    assert.equal((await control.request({ do: 'reset' })).state, 'running');
    const talk = await talkAwake(board.port);
    const events: BoardEvent[] = [];
    await control.subscribe((event) => events.push(event));
    await talk.say('e');
    await talk.expect('empty ');
    await until(() => events.some(({ event }) => event === 'counts'), 'counts');
    await talk.close();
    control.close();
  });

  it('refuses bytes outside flash, BOOT0 and a store that locks it up, and starts again at a reset', async () => {
    board = await startBoard('pico');
    const control = await connectControl(board.control);
    const refusal = async (request: Parameters<typeof control.request>[0]): Promise<string> =>
      control.request(request).then(
        () => 'nothing was refused',
        (error: unknown) => (error as Error).message,
      );
    assert.match(await refusal({ do: 'write', address: 0x1020_0000, hex: '00' }), /are not all in flash/);
    assert.match(await refusal({ do: 'write', address: 0x0fff_ffff, hex: '0000' }), /are not all in flash/);
    assert.match(await refusal({ do: 'boot0', level: true }), /USB loader in its ROM is not emulated/);
    assert.equal((await control.request({ do: 'power', on: false })).state, 'off');
    assert.equal((await control.request({ do: 'power', on: true })).state, 'running');
    control.close();
  });

  it('gets firmware and image where they differ, and keeps them', async () => {
    const { bytes } = await storyModel('stories-60k');
    const { binPath, buildId } = await buildFirmware('pico');
    const firmware = { path: binPath, buildId };
    const done: string[] = [];
    for (let round = 0; round < 2; round++) {
      const target = await openBoard({ name: 'pico', named: false, port: undefined }, silent);
      const result = await flashBoard(target, firmware, bytes, silent);
      done.push(result.firmware, result.image);
      await target.close();
    }
    assert.deepEqual(done, ['written', 'written', 'equal', 'equal']);
    const { flashMap } = await loadBoard('pico');
    assert.isBelow(readFileSync(binPath).length, flashMap.firmware.bytes);
  });
});

describe('golden stories on the emulated pico', function () {
  this.timeout(600_000);
  const folder = temporaryState();
  let model: CompiledStoryModel;
  let port: Port | undefined;

  before(async function () {
    const device = emulatedDevice('pico', 'arm-none-eabi-gcc');
    needs(this, ...device.programs);
    model = await storyModel('stories-60k');
    port = await device.open(model.bytes, folder);
  });

  after(() => port?.close());

  for (const { name, prompt, temperatureMilli, topK, topPMilli, seed } of [
    { name: 'greedy', prompt: 'Once upon a time', temperatureMilli: 0, topK: 0, topPMilli: 1000, seed: 1 },
    {
      name: 'sampled',
      prompt: 'The little fox said, "',
      temperatureMilli: 800,
      topK: 40,
      topPMilli: 950,
      seed: 7,
    },
  ])
    it(`writes the ${name} story, equal in every layer`, async () => {
      const options = { maxTokens: 100, temperatureMilli, topK, topPMilli, seed };
      const told = await tellOver(port!)(prompt, options);
      const wanted = await interpretStory(model)(prompt, options);
      assert.deepEqual(told.tokens, wanted.tokens);
      assert.equal(told.text, wanted.text);
      assert.deepEqual(told.checksums, wanted.checksums);
    });
});
