// `ternlet flash` on the emulated board: what is written, what is left alone, and the board afterwards when it goes wrong.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from 'chai';
import { readFirmwareInfo } from '../../host-tools/contracts/firmware.ts';
import { headerBytes, imageVersion } from '../../host-tools/contracts/image.ts';
import { startBoard } from '../../host-tools/emulators/index.ts';
import type { EmulatedBoard } from '../../host-tools/emulators/index.ts';
import { RomLoader } from '../../host-tools/emulators/stm32-rom.ts';
import { missingPrograms } from '../support/board-firmware.ts';
import { randomCheckpoint, writeCheckpoint } from '../support/random-checkpoint.ts';
import { cliTestMs, runCli, startCli } from '../support/run-cli.ts';
import { temporaryState } from '../support/temporary.ts';
import type { CliResult } from '../support/run-cli.ts';
import { compileFolder } from '../support/small-image.ts';
import { childrenOf, programOf } from '../support/processes.ts';
import { pause, until } from '../support/until.ts';

const name = 'stm32f405';
const missing = missingPrograms('qemu-system-arm', 'arm-none-eabi-gcc', 'cc', 'perl', 'stty');
const imageOffset = 0x2_0000;

describe('ternlet flash', function () {
  this.timeout(cliTestMs);
  const state = temporaryState();
  const image = join(state, 'small.tern');
  let board: EmulatedBoard | undefined;
  const flashPath = (): string => join(state, 'boards', name, 'flash.bin');
  const flash = (...args: string[]): Promise<CliResult> => runCli(['flash', ...args]);

  async function done(...args: string[]): Promise<CliResult> {
    const result = await flash(...args);
    assert.equal(result.code, 0, result.stderr);
    return result;
  }

  /** Flips a bit of the flashed image; the whole flash afterwards. The board must not run. */
  function spoilImage(): Buffer {
    const held = readFileSync(flashPath());
    held[imageOffset + headerBytes + 1000]! ^= 0x10;
    writeFileSync(flashPath(), held);
    return held;
  }

  before(async function () {
    if (missing.length > 0) {
      console.log(`      skipped: this machine lacks ${missing.join(', ')}`);
      return this.skip();
    }
    const compiled = await runCli(['compile', 'stories-300k', '-o', image]);
    assert.equal(compiled.code, 0, compiled.stderr);
  });

  afterEach(async () => {
    await board?.close();
    board = undefined;
  });

  it('writes firmware and image to an empty board, each in its place', async () => {
    const { code, stdout, stderr } = await flash(image);
    assert.equal(code, 0, stderr);
    assert.equal(stdout, '');
    assert.match(stderr, /firmware [0-9a-f]{16} written and verified\n.*, \d+ bytes, written and verified\n/);
    const held = readFileSync(flashPath());
    const bytes = readFileSync(image);
    assert.isTrue(bytes.equals(held.subarray(imageOffset, imageOffset + bytes.length)));
    assert.equal(readFirmwareInfo(held)?.board, name);
  });

  it('leaves alone what is equal', async () => {
    const { code, stdout } = await flash(image, '--json');
    assert.equal(code, 0);
    const { firmware, image: part } = JSON.parse(stdout) as { firmware: string; image: string };
    assert.deepEqual([firmware, part], ['equal', 'equal']);
  });

  it('writes an image that was spoilt again, and not the firmware', async () => {
    spoilImage();
    const { stdout, stderr } = await flash(image, '--json');
    const { firmware, image: part } = JSON.parse(stdout) as { firmware: string; image: string };
    assert.deepEqual([firmware, part], ['equal', 'written'], stderr);
  });

  it('uses the emulated board that runs, by its port as well', async () => {
    board = await startBoard(name);
    await done(image);
    const { stdout } = await flash(image, '--json', '--port', board.port);
    assert.equal((JSON.parse(stdout) as { port: string }).port, board.port);
    assert.equal(board.status().state, 'running');
  });

  it('waits for an emulator that stands still, and leaves alone what is equal then', async () => {
    board = await startBoard(name);
    const qemu = (): number | undefined =>
      childrenOf(process.pid).find((pid) => programOf(pid).startsWith('qemu'));
    await until(() => qemu() !== undefined, 'QEMU'); // Its process is at first that of what starts it.
    const held = qemu()!;
    process.kill(held, 'SIGSTOP');
    const flashed = done(image, '--json');
    await pause(5_000);
    process.kill(held, 'SIGCONT');
    const { firmware, image: part } = JSON.parse((await flashed).stdout) as {
      firmware: string;
      image: string;
    };
    assert.deepEqual([firmware, part], ['equal', 'equal']);
  });

  it('refuses an image that is cut off, of another version or spoilt in a bit', async () => {
    const whole = readFileSync(image);
    const path = join(state, 'bad.tern');
    const newer = Buffer.from(whole);
    newer.writeUInt16LE(imageVersion + 1, 4);
    const spoilt = Buffer.from(whole);
    spoilt[headerBytes + 1000]! ^= 0x10;
    for (const bad of [whole.subarray(0, whole.length - 7), newer, spoilt]) {
      writeFileSync(path, bad);
      const { code, stderr } = await flash(path);
      assert.equal(code, 1, stderr);
      assert.match(stderr, /^error: .+\n/);
    }
  });

  it('refuses an image for a larger board, which that board takes', async () => {
    const [folder, path] = [join(state, 'large'), join(state, 'large.tern')];
    const config = { vocab_size: 40_000, num_hidden_layers: 1 };
    writeCheckpoint(folder, randomCheckpoint({ seed: 1, config }));
    writeFileSync(path, compileFolder(folder));
    const { code, stderr } = await flash(path);
    assert.equal(code, 1, stderr);
    assert.match(stderr, /does not fit stm32f405: \d+ bytes of flash, 917504 free\nhint: /);
    const host = ['generate', 'ab', '--board', 'host', '--model', path, '--max-tokens', '1'];
    assert.equal((await runCli(host)).code, 0);
  });

  it('refuses a board that is not flashed, and a port that is not there', async () => {
    const host = await flash(image, '--board', 'host');
    assert.equal(host.code, 1);
    assert.match(host.stderr, /host is not flashed/);
    const nowhere = await flash(image, '--port', '/dev/no-such-port');
    assert.equal(nowhere.code, 3);
    assert.match(nowhere.stderr, /there is no port \/dev\/no-such-port/);
  });

  it('says that the disk is full, and keeps what was flashed before', async () => {
    const held = spoilImage();
    // A limit on the size of files stands in for a full disk.
    const within = ['sh', '-c', 'trap \'\' XFSZ; ulimit -f 600; exec "$@"', 'sh'] as const;
    const { code, stderr } = await runCli(['flash', image], { within: [...within] });
    assert.equal(code, 3, stderr);
    assert.match(
      stderr,
      /error: the emulated flash .* cannot be written: (the disk is full|the file would be too large)\nhint: /,
    );
    assert.isTrue(held.equals(readFileSync(flashPath())));
    await done(image); // There is room again.
  });

  for (const signal of ['SIGINT', 'SIGKILL'] as const) {
    it(`leaves the board usable when it is ended by ${signal} in the middle`, async () => {
      const held = spoilImage();
      board = await startBoard(name);
      const writing = untilWriting();
      const { child, ended } = startCli(['flash', image]);
      await Promise.race([writing, ended]);
      child.kill(signal);
      assert.equal((await ended).code, signal === 'SIGINT' ? 130 : null);
      const { code, stderr } = await flash(image);
      assert.equal(code, 0, stderr);
      const now = readFileSync(flashPath());
      assert.isTrue(
        held.subarray(0, imageOffset).equals(now.subarray(0, imageOffset)),
        'the firmware is as it was',
      );
    });
  }

  it('ends with 3 when the port vanishes in the middle, and the next one mends it', async () => {
    board = await startBoard(name);
    const writing = untilWriting();
    const { ended } = startCli(['flash', 'stories-2m']);
    await Promise.race([writing, ended]);
    await board.close();
    const { code, stderr } = await ended;
    assert.equal(code, 3, stderr);
    assert.match(stderr, /error: .*gone/);
    await done(image);
  });
});

/** Resolves when the ROM loader of a board in this process has taken so much that an image is being written, and is not done. */
function untilWriting(): Promise<void> {
  const prototype = RomLoader.prototype as { feed: (this: RomLoader, bytes: Uint8Array) => void };
  const { feed } = prototype;
  let taken = 0;
  return new Promise((resolve) => {
    prototype.feed = function (bytes) {
      feed.call(this, bytes);
      taken += bytes.length;
      if (taken < 20_000) return;
      prototype.feed = feed;
      resolve();
    };
  });
}
