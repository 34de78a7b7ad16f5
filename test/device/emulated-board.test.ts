// The emulated STM32F405 as a whole: other people's flasher, a firmware with known counts, and everything that can go wrong.
import { spawn } from 'node:child_process';
import { readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from 'chai';
import { loadBoard } from '../../boards/board.ts';
import { connectControl } from '../../host-tools/emulators/control.ts';
import type { BoardEvent, TokenCounts } from '../../host-tools/emulators/control.ts';
import { startBoard } from '../../host-tools/emulators/index.ts';
import type { EmulatedBoard } from '../../host-tools/emulators/index.ts';
import { runningBoard } from '../../host-tools/emulators/registry.ts';
import { an3155 } from '../../host-tools/flashers/an3155.ts';
import { writeSegment } from '../../host-tools/flashers/flasher.ts';
import { openSerialPort } from '../../host-tools/link/serial.ts';
import { run } from '../../host-tools/toolchain/run.ts';
import {
  buildBoardFirmware,
  countRounds,
  flashBoardFirmware,
  missingPrograms,
  rounds,
} from '../support/board-firmware.ts';
import type { BoardFirmware } from '../support/board-firmware.ts';
import { childrenOf, isAlive } from '../support/processes.ts';
import { cliTestMs, startCli } from '../support/run-cli.ts';
import { temporaryState } from '../support/temporary.ts';
import { until } from '../support/until.ts';
import { talkAwake } from '../support/serial-talk.ts';

const name = 'stm32f405';
const missing = missingPrograms('qemu-system-arm', 'arm-none-eabi-gcc', 'cc', 'perl', 'stty');
const quiet = (): void => undefined;

describe('the emulated stm32f405', function () {
  this.timeout(cliTestMs);
  const state = temporaryState();
  let firmware: BoardFirmware;
  let board: EmulatedBoard | undefined;

  before(async function () {
    if (missing.length > 0) {
      console.log(`      skipped: this machine lacks ${missing.join(', ')}`);
      return this.skip();
    }
    firmware = await buildBoardFirmware(name);
  });

  afterEach(async () => {
    await board?.close().catch(quiet);
    board = undefined;
    for (const path of readdirSync(state)) rmSync(join(state, path), { recursive: true });
  });

  const flashPath = (): string => join(state, 'boards', name, 'flash.bin');

  /** A board with a firmware in its flash. */
  async function startFlashed(bytes: Buffer = firmware.bytes): Promise<EmulatedBoard> {
    await flashBoardFirmware(name, bytes);
    return (board = await startBoard(name));
  }

  const count = (n: number): Promise<TokenCounts[]> => countRounds(board!, n);

  it('waits in its ROM loader while flash is empty, and says so', async () => {
    board = await startBoard(name);
    assert.equal(board.status().state, 'rom loader');
    assert.match(board.status().notes.join(), /flash is empty/);
  });

  it('is flashed by stm32flash, and answers', async function () {
    if (missingPrograms('stm32flash').length > 0) {
      console.log('      skipped: this machine lacks stm32flash');
      return this.skip();
    }
    board = await startBoard(name);
    const file = join(state, 'fw.bin');
    writeFileSync(file, firmware.bytes);
    const patience = join(state, 'patience.so');
    const source = join(import.meta.dirname, '../support/patience.c');
    await run('cc', ['-shared', '-fPIC', '-Wall', '-Wextra', '-Werror', source, '-o', patience, '-ldl']);
    const args = ['-m', '8n1', '-w', file, '-v', '-g', '0x08000000', board.port];
    const { stdout } = await run('stm32flash', args, { env: { LD_PRELOAD: patience } });
    assert.match(stdout, /0x0413/);
    const { expect, say, close } = await talkAwake(board.port);
    await say('echo');
    await expect('echo');
    await close();
  });

  it('is flashed by our client, and keeps it when the power is cut', async () => {
    board = await startBoard(name);
    const { flashMap } = await loadBoard(name);
    const port = await openSerialPort(board.port, { baud: 115_200 });
    const flasher = an3155(port, await loadBoard(name));
    await flasher.open();
    const segment = { address: flashMap.firmware.base, bytes: firmware.bytes };
    await writeSegment(flasher, await loadBoard(name), segment, flashMap.firmware, 'firmware', quiet);
    await flasher.start();
    await port.close();
    await board.setPower(false);
    assert.equal(board.status().state, 'off');
    await board.close();
    board = await startBoard(name);
    assert.equal(board.status().state, 'running');
    const { expect, say, close } = await talkAwake(board.port);
    await say('!');
    await expect('!');
    await close();
  });

  it('obeys its control socket', async () => {
    await startFlashed();
    const control = await connectControl(board!.control);
    const events: BoardEvent[] = [];
    assert.equal((await control.subscribe((event) => events.push(event))).state, 'running');
    await control.request({ do: 'boot0', level: true });
    assert.equal((await control.request({ do: 'reset' })).state, 'rom loader');
    await control.request({ do: 'boot0', level: false });
    assert.equal((await control.request({ do: 'power', on: false })).state, 'off');
    assert.equal((await control.request({ do: 'power', on: true })).state, 'running');
    assert.isAbove(events.length, 3);
    control.close();
  });

  it('refuses a request that it does not know', async () => {
    await startFlashed();
    const control = await connectControl(board!.control);
    const error = await control.request({ do: 'explode' } as never).catch((error: unknown) => error);
    assert.match(
      (error as Error).message,
      /a request is one of reset, boot0, power, status, counts, profile, write/,
    );
    control.close();
  });

  it('refuses levels and supplies that are neither on nor off, and what is no request', async () => {
    await startFlashed();
    const control = await connectControl(board!.control);
    const refusal = async (request: unknown): Promise<string> =>
      ((await control.request(request as never).catch((error: unknown) => error)) as Error).message;
    assert.equal(await refusal({ do: 'boot0', level: 1 }), 'the "level" of boot0 is true or false; got 1');
    assert.equal(await refusal({ do: 'power' }), 'the "on" of power is true or false; got nothing');
    assert.match(await refusal([]), /a request is one of reset/);
    assert.deepInclude(board!.status(), { state: 'running', boot0: false });
    control.close();
  });

  it('takes resets, power and Go from several sides one after the other', async () => {
    await startFlashed();
    const seen: string[] = [];
    board!.subscribe((event) => event.event === 'status' && seen.push(event.status.state));
    await Promise.all([board!.reset(), board!.setPower(false), board!.reset(), board!.setPower(true)]);
    assert.deepEqual(seen, ['running', 'off', 'running']);
    await Promise.all([board!.reset(), board!.reset(), board!.reset()]);
    const { expect, say, close } = await talkAwake(board!.port);
    await say('x');
    await expect('x');
    await close();
    // Not before it has answered: a process that is just becoming QEMU has no command line yet.
    assert.lengthOf(childrenOf(process.pid).filter(isQemu), 1);
  });

  it('starts nothing any more once it is being closed', async () => {
    await startFlashed();
    const held = board!;
    const ends = [held.reset(), held.close(), held.reset(), held.setPower(true)];
    await Promise.all(ends);
    assert.equal(held.status().state, 'off');
    assert.isEmpty(childrenOf(process.pid).filter(isQemu));
  });

  it('counts to the digit, interrupts apart', async () => {
    await startFlashed();
    const [first, ...others] = await count(5);
    const { isr, ...exact } = first!;
    assert.deepEqual(exact, {
      instructions: 6 * rounds + 5,
      classes: {
        ...{ load: 2 * rounds + 1, store: rounds, ldm_stm: 0, mul: rounds, div: 0, dsp: 0, fp: 0 },
        ...{ branch: rounds + 2, other: rounds + 2 },
      },
      ...{ taken: rounds + 1, pipelined: rounds, ldmRegisters: 0 },
      ...{ flashReads: 2 * rounds + 1, flashLines: 2, codeLines: 3, ramReads: 0, ramWrites: rounds },
      pipeline: {
        ...{ addressWaits: 0, writeBackWaits: 0, registerStores: 0, behindStores: 0, acrossWords: 0 },
        ...{ literals: 1, folds: 0 },
      },
    });
    assert.isAbove(isr, 0);
    for (const { isr: _, ...other } of others) assert.deepEqual(other, exact);
  });

  it('counts the same beside other load, and after a reset', async () => {
    await startFlashed();
    const [alone] = await count(1);
    const load = [1, 2].map(() => spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }));
    try {
      await board!.reset();
      for (const { isr: _, ...counts } of await count(3))
        assert.deepEqual({ ...counts, isr: alone!.isr }, alone);
    } finally {
      load.forEach((child) => child.kill('SIGKILL'));
    }
  });

  it('runs a firmware that does not say where to count, and says that it does not count', async () => {
    const silent = Buffer.from(firmware.bytes);
    silent.fill(0, 0x200, 0x204);
    await startFlashed(silent);
    assert.isFalse(board!.status().counted);
    assert.match(board!.status().notes.join(), /does not say where/);
    const { expect, say, close } = await talkAwake(board!.port);
    await say('x');
    await expect('x');
    await close();
  });

  it('reports a locked-up core as one, and starts again by a reset', async () => {
    await startFlashed();
    const locked = new Promise<BoardEvent>((resolve) => {
      board!.subscribe(
        (event) => event.event === 'status' && event.status.state === 'locked up' && resolve(event),
      );
    });
    const { expect, say, close } = await talkAwake(board!.port);
    await say('L');
    const event = await locked;
    assert.match(
      event.event === 'status' ? event.status.notes.join() : '',
      /locked up \(can't escalate 3 to HardFault/,
    );
    await board!.reset();
    await expect('boot');
    await close();
  });

  it('follows a reset that its firmware makes', async () => {
    await startFlashed();
    const { expect, say, close } = await talkAwake(board!.port);
    await say('R');
    await expect('boot');
    await say('y');
    await expect('y');
    await close();
  });

  it('stays usable when the port is left in the middle of a flash', async () => {
    const target = await loadBoard(name);
    board = await startBoard(name);
    const { image } = target.flashMap;
    const port = await openSerialPort(board.port, { baud: 115_200 });
    const flasher = an3155(port, target);
    await flasher.open();
    const bytes = new Uint8Array(20_000).fill(7);
    let closing: Promise<void> | undefined;
    const left = flasher.write({ address: image.base, bytes }, (fraction) => {
      if (fraction > 0.3) closing ??= port.close();
    });
    const error = await left.catch((error: unknown) => error);
    assert.match((error as Error).message, /is gone: it was closed/);
    await closing; // Its lock as well.

    const again = await openSerialPort(board.port, { baud: 115_200 });
    const second = an3155(again, target);
    await second.open();
    await writeSegment(second, target, { address: image.base, bytes }, image, 'image', quiet);
    await again.close();
  });

  it('is missed at once when it vanishes in the middle of a flash', async () => {
    board = await startBoard(name);
    const target = await loadBoard(name);
    const port = await openSerialPort(board.port, { baud: 115_200 });
    const flasher = an3155(port, target);
    await flasher.open();
    let closing: Promise<void> | undefined;
    const bytes = new Uint8Array(200_000);
    const written = flasher.write({ address: target.flashMap.image.base, bytes }, (fraction) => {
      if (fraction > 0.1) closing ??= board!.close();
    });
    const error = (await written.catch((error: unknown) => error)) as Error & { exitCode: number };
    assert.match(error.message, /is gone/);
    assert.equal(error.exitCode, 3);
    await closing;
    await port.close();
  });

  it('is missed by a port that only listens', async () => {
    await startFlashed();
    const { lost, close } = await talkAwake(board!.port);
    await board!.close();
    assert.match(await lost, /gone/);
    await close();
  });

  it('tells a second program who has the port', async () => {
    await startFlashed();
    const { close } = await talkAwake(board!.port);
    const error = await openSerialPort(board!.port, { baud: 115_200 }).catch((error: unknown) => error);
    assert.match((error as Error).message, /is in use by .*process \d+/);
    await close();
    await (await openSerialPort(board!.port, { baud: 115_200 })).close();
  });

  it('says that it already runs', async () => {
    board = await startBoard(name);
    assert.equal(runningBoard(name)?.port, board.port);
    const error = await startBoard(name).catch((error: unknown) => error);
    assert.match(
      (error as Error).message,
      /an emulated stm32f405 already runs \(process \d+, port \/dev\/pts\/\d+\)/,
    );
    await board.close();
    assert.isUndefined(runningBoard(name));
  });

  it('keeps the old flash whole when the disk is full', async () => {
    await startFlashed();
    const before = readFileSync(flashPath());
    await board!.close();
    // A limit on the size of files stands in for a full disk; it holds for the process and those that it starts.
    const script = `
      process.on('SIGXFSZ', () => {});
      const { saveFlash } = await import('${join(import.meta.dirname, '../../host-tools/emulators/flash-file.ts')}');
      try { saveFlash(process.argv[1], Buffer.alloc(1 << 20)); } catch (error) { console.log(error.exitCode, error.message); }`;
    const node = [
      process.execPath,
      '--import',
      import.meta.resolve('tsx'),
      '--input-type=module',
      '-e',
      script,
      flashPath(),
    ];
    const { stdout } = await run('sh', ['-c', 'ulimit -f 100; exec "$@"', 'sh', ...node]);
    assert.match(stdout, /^3 the emulated flash .* cannot be written: the file would be too large/);
    assert.isTrue(before.equals(readFileSync(flashPath())));
    assert.isEmpty(readdirSync(join(state, 'boards', name)).filter((file) => /\.part$/.test(file)));
    assert.equal(statSync(flashPath()).size, 1 << 20);
  });

  it('takes QEMU with it when it is killed', async () => {
    await startFlashed();
    await board!.close();
    const { child, ended, prints, stdout } = startCli(['emulate', name, '--json']);
    await prints('\n');
    const { board: printed, port } = JSON.parse(stdout().split('\n')[0]!) as { board: string; port: string };
    assert.equal(printed, name);
    const { expect, say, close } = await talkAwake(port);
    await say('z');
    await expect('z');
    await close();
    const children = childrenOf(child.pid!);
    assert.isNotEmpty(children, 'QEMU runs');
    child.kill('SIGKILL');
    await ended;
    await until(() => children.every((pid) => !isAlive(pid)), 'the end of QEMU');
    assert.isUndefined(runningBoard(name), 'it is no longer listed');
    board = await startBoard(name);
  });
});

function isQemu(pid: number): boolean {
  return isAlive(pid) && readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('qemu-system-arm');
}
