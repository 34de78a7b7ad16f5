// The AN3155 client against the loader's state machine, in memory, over lines that lose, split and refuse.
import { assert } from 'chai';
import fc from 'fast-check';
import { loadBoard } from '../../boards/board.ts';
import { RomLoader } from '../../host-tools/emulators/stm32-rom.ts';
import { an3155, an3155Limits } from '../../host-tools/flashers/an3155.ts';
import { unitsOf, writeSegment } from '../../host-tools/flashers/flasher.ts';
import type { Port, PortListener } from '../../host-tools/link/port.ts';

fc.configureGlobal({ seed: 1 });

const board = await loadBoard('stm32f405');
const { flash: flashRegion, ram } = board.memory;
const quick = { ...an3155Limits, answerMs: 25, syncMs: 12, eraseUnitMs: 25 };
const quiet = (): void => undefined;

/** What a line does to bytes on their way; it may return fewer, others or none. */
type Fault = (bytes: Uint8Array, direction: 'to board' | 'to host') => Uint8Array[];
const faithful: Fault = (bytes) => [bytes];

/** A loader in memory behind a Port. */
function loaderPort(fault: Fault = faithful): {
  port: Port;
  flash: Buffer;
  rom: RomLoader;
  started: number[];
} {
  const flash = Buffer.alloc(flashRegion.bytes, 0xff);
  const started: number[] = [];
  const listeners = new Set<PortListener>();
  const rom = new RomLoader(
    { flash, flashBase: flashRegion.base, eraseUnits: board.eraseUnits, ram },
    {
      send: (bytes) => {
        const pieces = fault(bytes, 'to host');
        // Before any timer: what is not lost comes in time, also where this process stood still meanwhile.
        queueMicrotask(() =>
          pieces.forEach((piece) => listeners.forEach((listener) => listener.data(piece))),
        );
      },
      changed: quiet,
      go: (address) => started.push(address) > 0,
    },
  );
  const port: Port = {
    path: 'memory',
    write: async (bytes) => fault(bytes, 'to board').forEach((piece) => rom.feed(piece)),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    configure: async () => undefined,
    close: async () => undefined,
  };
  return { port, flash, rom, started };
}

/** Bytes that look like a program. */
function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 37 + (i >> 8)) & 0xff);
}

async function rejection(promise: Promise<unknown>): Promise<Error & { exitCode?: number }> {
  return promise.then(
    () => assert.fail('it succeeded'),
    (error: unknown) => error as Error,
  );
}

/** Throws of a die with 200 faces, from a seed. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * 200);
  };
}

/** All answers of a fresh loader to bytes, as one. */
function answers(...requests: number[][]): number[] {
  const heard: number[] = [];
  const flash = Buffer.alloc(flashRegion.bytes, 0xff);
  const rom = new RomLoader(
    { flash, flashBase: flashRegion.base, eraseUnits: board.eraseUnits, ram },
    { send: (bytes) => heard.push(...bytes), changed: quiet, go: () => true },
  );
  requests.forEach((request) => rom.feed(Uint8Array.from(request)));
  return heard;
}

const [ACK, NACK] = [0x79, 0x1f];

describe('RomLoader', () => {
  it('says nothing before the first 0x7F', () => {
    assert.deepEqual(answers([0x00, 0xff, 0x55]), []);
  });

  it('answers its version, its commands and the id of an STM32F405', () => {
    assert.deepEqual(answers([0x7f, 0x02, 0xfd]), [ACK, ACK, 1, 0x04, 0x13, ACK]);
    assert.deepEqual(answers([0x7f, 0x01, 0xfe]), [ACK, ACK, 0x31, 0, 0, ACK]);
    assert.deepEqual(answers([0x7f, 0x00, 0xff]).slice(0, 4), [ACK, ACK, 11, 0x31]);
  });

  it('refuses what is malformed', () => {
    assert.deepEqual(answers([0x7f], [0x02, 0x02]), [ACK, NACK], 'a wrong complement');
    assert.deepEqual(answers([0x7f], [0x43, 0xbc]), [ACK, NACK], 'the erase command of other chips');
    assert.deepEqual(answers([0x7f], [0x11, 0xee], [8, 0, 0, 0, 9]), [ACK, ACK, NACK], 'a wrong checksum');
    assert.deepEqual(answers([0x7f], [0x31, 0xce], [0, 0, 0, 0, 0]), [ACK, ACK, NACK], 'no such address');
    assert.deepEqual(answers([0x7f], [0x44, 0xbb], [0, 0, 0, 12, 12]), [ACK, ACK, NACK], 'no such sector');
    assert.deepEqual(answers([0x7f], [0x44, 0xbb], [0, 12]), [ACK, ACK, NACK], 'more sectors than there are');
    assert.deepEqual(
      answers([0x7f], [0x44, 0xbb], [0xff, 0xff, 1]),
      [ACK, ACK, NACK],
      'a wrong checksum of erase',
    );
    const write = [0x31, 0xce];
    assert.deepEqual(
      answers([0x7f], write, [8, 0, 0, 0, 8], [2, 1, 2, 3, 2]),
      [ACK, ACK, ACK, NACK],
      'three bytes',
    );
  });

  it('clears bits by a write and sets them by an erase', async () => {
    const { port, flash } = loaderPort();
    const flasher = an3155(port, board, quick);
    await flasher.open();
    await flasher.write({ address: 0x0800_4000, bytes: Uint8Array.of(0xf0, 0xff, 0xff, 0xff) }, quiet);
    await flasher.write({ address: 0x0800_4000, bytes: Uint8Array.of(0x3c, 0xff, 0xff, 0xff) }, quiet);
    assert.equal(flash[0x4000], 0x30);
    flash[0x3fff] = flash[0x8000] = 0;
    await flasher.erase([1], quiet);
    assert.deepEqual([flash[0x3fff], flash[0x4000], flash[0x8000]], [0, 0xff, 0]);
  });

  it('erases all on request', () => {
    assert.deepEqual(answers([0x7f], [0x44, 0xbb], [0xff, 0xff, 0]), [ACK, ACK, ACK]);
  });

  it('takes any bytes in any pieces', () => {
    const whole = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 30 });
    fc.assert(
      fc.property(whole, (pieces) => {
        const all = pieces.flatMap((piece) => [...piece]);
        const bytewise = all.map((byte) => [byte]);
        assert.deepEqual(answers([0x7f], ...pieces.map((piece) => [...piece])), answers([0x7f], ...bytewise));
      }),
      { numRuns: 100 },
    );
  });
});

describe('an3155', () => {
  it('writes, verifies and starts', async () => {
    const { port, flash, started } = loaderPort();
    const flasher = an3155(port, board, quick);
    assert.match((await flasher.open()).chip, /STM32F405/);
    const bytes = pattern(1001); // not a multiple of four, nor of a block
    const { image } = board.flashMap;
    await writeSegment(flasher, board, { address: image.base, bytes }, image, 'image', quiet);
    assert.deepEqual(Uint8Array.from(flash.subarray(0x20000, 0x20000 + 1001)), bytes);
    assert.equal(flash[0x20000 + 1001], 0xff);
    await flasher.start();
    assert.deepEqual(started, [flashRegion.base]);
  });

  it('erases the sectors that it needs and no others', async () => {
    const { port, flash } = loaderPort();
    flash.fill(0);
    const flasher = an3155(port, board, quick);
    await flasher.open();
    const { image } = board.flashMap;
    await writeSegment(
      flasher,
      board,
      { address: image.base, bytes: pattern(200_000) },
      image,
      'image',
      quiet,
    );
    assert.isTrue(
      flash.subarray(0, 0x20000).every((byte) => byte === 0),
      'firmware',
    );
    assert.isTrue(
      flash.subarray(0x60000).every((byte) => byte === 0),
      'behind the image',
    );
    assert.deepEqual(unitsOf(board, { base: image.base, bytes: 200_000 }), [5, 6]);
  });

  it('refuses to write what is not its own', async () => {
    const flasher = an3155(loaderPort().port, board, quick);
    const { firmware } = board.flashMap;
    const segment = { address: firmware.base, bytes: new Uint8Array(firmware.bytes + 1) };
    const error = await rejection(writeSegment(flasher, board, segment, firmware, 'firmware', quiet));
    assert.match(error.message, /firmware does not fit its region/);
    assert.equal(error.exitCode, 1);
  });

  it('says which byte differs', async () => {
    const { port, flash } = loaderPort();
    const flasher = an3155(port, board, quick);
    await flasher.open();
    await flasher.write({ address: 0x0802_0000, bytes: pattern(600) }, quiet);
    flash[0x20000 + 511]! ^= 1;
    const error = await rejection(flasher.verify({ address: 0x0802_0000, bytes: pattern(600) }, quiet));
    assert.match(error.message, /at 0x80201ff where/);
  });

  it('gives up on silence, and says how often it tried', async () => {
    const flasher = an3155(loaderPort(() => []).port, board, quick);
    const error = await rejection(flasher.open());
    assert.match(error.message, /no boot loader answers on memory \(tried 3 times\)/);
    assert.equal(error.exitCode, 3);
  });

  it('gives up on a loader that only refuses', async () => {
    const { port } = loaderPort((bytes, direction) =>
      direction === 'to host' ? [bytes.map(() => NACK)] : [bytes],
    );
    assert.match((await rejection(an3155(port, board, quick).open())).message, /no boot loader answers/);
  });

  it('finds its way in after an interruption at any byte of a write', async () => {
    const session = [0x31, 0xce, 0x08, 0x02, 0, 0, 0x0a, 255, ...new Array<number>(256).fill(0x5a), 255];
    for (const cut of [1, 2, 3, 6, 7, 8, 9, 100, 263]) {
      const { port, rom, flash } = loaderPort();
      rom.feed(Uint8Array.of(0x7f));
      rom.feed(Uint8Array.from(session.slice(0, cut)));
      const flasher = an3155(port, board, quick);
      await flasher.open();
      assert.isTrue(
        flash.every((byte) => byte === 0xff),
        `nothing is written when cut at ${cut}`,
      );
      await flasher.write({ address: 0x0802_0000, bytes: pattern(300) }, quiet);
      await flasher.verify({ address: 0x0802_0000, bytes: pattern(300) }, quiet);
    }
  });

  it('writes right over a line that splits, loses and spoils bytes', async function () {
    this.timeout(120_000);
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.nat(60), async (seed, start) => {
        const roll200 = dice(seed);
        let quietFor = start;
        const { port, flash } = loaderPort((bytes) => {
          if (quietFor-- > 0) return [bytes];
          const roll = roll200();
          if (roll === 0) return []; // lost
          if (roll === 1) return [bytes.subarray(1)]; // begins late
          if (roll === 2) return [bytes.map((byte, i) => (i === 0 ? byte ^ 0x10 : byte))]; // spoilt
          if (roll < 60) return [...bytes].map((byte) => Uint8Array.of(byte)); // split
          return [bytes];
        });
        const limits = { ...quick, attempts: 10, syncAttempts: 8 };
        const flasher = an3155(port, board, limits);
        const { image } = board.flashMap;
        await flasher.open();
        await writeSegment(
          flasher,
          board,
          { address: image.base, bytes: pattern(1500) },
          image,
          'image',
          quiet,
        );
        assert.deepEqual(Uint8Array.from(flash.subarray(0x20000, 0x20000 + 1500)), pattern(1500));
      }),
      { numRuns: 8 },
    );
  });
});
