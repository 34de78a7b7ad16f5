// The emulated RISC-V board as a whole: what a probe writes, a firmware with known counts, and the story of every other device.
import { readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from 'chai';
import { connectControl } from '../../host-tools/emulators/control.ts';
import type { ControlClient, ProfileRange, TokenCounts } from '../../host-tools/emulators/control.ts';
import { startBoard } from '../../host-tools/emulators/index.ts';
import type { EmulatedBoard } from '../../host-tools/emulators/index.ts';
import { runningBoard } from '../../host-tools/emulators/registry.ts';
import { readFirmwareInfo } from '../../host-tools/contracts/firmware.ts';
import { openSession } from '../../host-tools/link/session.ts';
import { floatingPointIn, symbolsOf } from '../../host-tools/toolchain/binutils.ts';
import { buildFirmware } from '../../host-tools/toolchain/firmware-build.ts';
import {
  buildBoardFirmware,
  countRounds,
  flashBoardFirmware,
  missingPrograms,
  rounds,
  sumOf,
} from '../support/board-firmware.ts';
import type { BoardFirmware } from '../support/board-firmware.ts';
import { patient } from '../support/link-talk.ts';
import { talkAwake } from '../support/serial-talk.ts';
import { emulatedDevice, interpretStory, storyModel, tellOver } from '../support/story-devices.ts';
import { temporaryState } from '../support/temporary.ts';
import { until } from '../support/until.ts';

const name = 'virt';
const base = 0x2000_0000;
const missing = missingPrograms('qemu-system-riscv32', 'riscv64-unknown-elf-gcc', 'cc', 'perl', 'stty');

function skipIfMissing(this: Mocha.Context): void {
  if (missing.length === 0) return;
  console.log(`      skipped: this machine lacks ${missing.join(', ')}`);
  this.skip();
}

describe('the emulated virt', function () {
  this.timeout(600_000);
  const state = temporaryState();
  let firmware: BoardFirmware;
  let board: EmulatedBoard | undefined;
  let control: ControlClient | undefined;

  before(skipIfMissing);
  before(async () => {
    firmware = await buildBoardFirmware(name);
  });

  afterEach(async () => {
    control?.close();
    await board?.close();
    for (const path of readdirSync(state)) rmSync(join(state, path), { recursive: true });
  });

  async function start(flashed: boolean): Promise<{ board: EmulatedBoard; control: ControlClient }> {
    if (flashed) await flashBoardFirmware(name, firmware.bytes);
    board = await startBoard(name);
    control = await connectControl(board.control);
    return { board, control };
  }

  async function echoes(text: string): Promise<void> {
    const { expect, say, close } = await talkAwake(board!.port);
    await say(text);
    await expect(text);
    await close();
  }

  it('stands still while flash is empty, says so, and has no loader to enter', async () => {
    const { board, control } = await start(false);
    assert.equal(board.status().state, 'locked up');
    assert.deepEqual(board.status().notes, ['flash is empty: there is nothing to start']);
    assert.isFalse((await control.request({ do: 'boot0', level: false })).boot0);
    const error = await control.request({ do: 'boot0', level: true }).catch((error: unknown) => error);
    assert.equal((error as Error).message, 'virt has no BOOT0: there is no ROM loader');
  });

  it('is written by a probe, starts at a reset, and keeps its flash when the power is cut', async () => {
    const { control } = await start(false);
    const half = firmware.bytes.length >> 1;
    const write = (from: number, to?: number) =>
      control.request({
        do: 'write',
        address: base + from,
        hex: firmware.bytes.subarray(from, to).toString('hex'),
      });
    await write(0, half);
    await write(half);
    assert.equal((await control.request({ do: 'reset' })).state, 'running');
    await echoes('probe');
    assert.equal((await control.request({ do: 'power', on: false })).state, 'off');
    await board!.close();
    assert.equal((await start(false)).board.status().state, 'running');
    await echoes('kept');
  });

  it('refuses bytes that do not lie in flash, and what are no bytes', async () => {
    const { control } = await start(false);
    const refusal = async (address: unknown, hex: unknown): Promise<string> => {
      const request = { do: 'write', address, hex } as never;
      return ((await control.request(request).catch((error: unknown) => error)) as Error).message;
    };
    assert.match(await refusal(base - 1, '00'), /0x1fffffff and 1 bytes from there are not all in flash/);
    assert.match(await refusal(base + 4096 * 1024 - 1, '0000'), /are not all in flash/);
    assert.equal(await refusal('here', '00'), 'an address of write is a whole number of 32 bits; got "here"');
    assert.equal(await refusal(base, '0'), 'the "hex" of write is two hexadecimal digits a byte; got "0"');
    assert.match(await refusal(base, undefined), /got nothing$/);
  });

  it('counts every class of 16 and 32 bits to the digit, interrupts apart', async () => {
    const { board } = await start(true);
    const [first, ...others] = await countRounds(board, 3);
    const { isr, ...exact } = first!;
    assert.deepEqual(exact, {
      instructions: 16 * rounds + 5,
      classes: {
        ...{ load: 5 * rounds, store: 3 * rounds, mul: rounds, div: rounds },
        ...{ branch: 3 * rounds + 2, other: 3 * rounds + 3, ldm_stm: 0, dsp: 0, fp: 0 },
      },
      ...{ taken: 2 * rounds + 1, pipelined: 0, loadUse: 4 * rounds, ldmRegisters: 0 },
      ...{ flashReads: 3 * rounds, flashLines: 1, codeLines: 6, ramReads: 2 * rounds, ramWrites: 3 * rounds },
    });
    assert.isAbove(isr, 0);
    await board.reset();
    for (const { isr: _, ...other } of [...others, ...(await countRounds(board, 1))])
      assert.deepEqual(other, exact);
  });

  it('counts by ranges of code what adds up to the same', async () => {
    const { board, control } = await start(true);
    const [whole] = await countRounds(board, 1);
    const [loads, tail] = [firmware.addressOf('loads'), firmware.addressOf('tail')];
    await control.request({ do: 'profile', ranges: [{ name: 'loads', start: loads, end: tail }] });
    const [{ operators, isr: _, ...profiled }] = (await countRounds(board, 1)) as [TokenCounts];
    assert.deepEqual({ ...profiled, isr: whole!.isr }, whole);
    assert.deepEqual(sumOf(Object.values(operators!)), profiled);
    assert.deepInclude(operators!['loads'], { instructions: 10 * rounds, taken: 2 * rounds - 1 });
  });

  it('follows a reset that its firmware makes', async () => {
    await start(true);
    const { expect, say, close } = await talkAwake(board!.port);
    await say('R');
    await expect('boot');
    await say('y');
    await expect('y');
    await close();
  });
});

describe('the firmware of virt', function () {
  this.timeout(600_000);
  const state = temporaryState();
  const model = 'stories-60k';
  const greedy = { maxTokens: 100, temperatureMilli: 0, topK: 0, topPMilli: 1000, seed: 1 };

  before(skipIfMissing);

  it('has no floating point, and says where the host finds what it counts', async function () {
    const { elfPath, path } = await buildFirmware(name);
    if (elfPath === undefined) {
      console.log('      skipped: the firmware came built, without symbols');
      return this.skip();
    }
    assert.deepEqual(await floatingPointIn(elfPath), []);
    const address = new Map((await symbolsOf(elfPath)).map((symbol) => [symbol.name, symbol.address]));
    const info = readFirmwareInfo(readFileSync(path))!;
    assert.equal(info.board, name);
    assert.equal(info.markStart, address.get('tlm_mark_token_in'));
    assert.equal(info.markStop, address.get('tlm_mark_logits_ready'));
    assert.isTrue(info.isrStart <= address.get('tlm_interrupt')! && info.isrEnd > info.isrStart);
  });

  it(`writes the story of ${model} as interpret.ts does`, async () => {
    const compiled = await storyModel(model);
    const port = await emulatedDevice(name).open(compiled.bytes, state);
    try {
      const told = await tellOver(port)('Once upon a time', greedy);
      assert.deepEqual(told, await interpretStory(compiled)('Once upon a time', greedy));
    } finally {
      await port.close();
    }
  });

  it('is counted equally in every run, and by function what adds up to the same', async () => {
    const compiled = await storyModel(model);
    const port = await emulatedDevice(name).open(compiled.bytes, state);
    const control = await connectControl(runningBoard(name)!.control);
    const seen: TokenCounts[] = [];
    await control.subscribe((event) => event.event === 'counts' && seen.push(event.counts));
    /** Without a trace: its checksums are sent within the steps, and take as long as the line does. */
    const counts = async (): Promise<TokenCounts[]> => {
      const session = await openSession(port, patient);
      let steps = 0;
      for await (const event of session.generate({ text: 'Once' }, { ...greedy, maxTokens: 6 }))
        if (event.kind === 'token') steps += 1 / event.shared;
      await session.close();
      await until(() => seen.length >= steps, `counts of ${steps} steps`);
      return seen.splice(0);
    };
    try {
      const first = await counts();
      await control.request({ do: 'profile', ranges: await functionsOf(name) });
      for (const [i, { operators, isr: _, ...total }] of (await counts()).entries()) {
        assert.deepEqual({ ...total, isr: first[i]!.isr }, first[i]);
        assert.deepEqual(sumOf(Object.values(operators!)), total);
        assert.property(operators, 'lookup_u16');
      }
    } finally {
      control.close();
      await port.close();
    }
  });
});

/** Every label of a firmware's code, up to the next. */
async function functionsOf(board: string): Promise<ProfileRange[]> {
  const { elfPath } = await buildFirmware(board);
  const labels = (await symbolsOf(elfPath!)).filter(
    ({ address }, i, all) => address >= base && address !== all[i + 1]?.address,
  );
  return labels
    .map(({ name, address }, i) => ({ name, start: address, end: labels[i + 1]?.address ?? address + 4 }))
    .filter(({ name, end }) => /^[\w.$-]{1,63}$/.test(name) && end < base + 128 * 1024);
}
