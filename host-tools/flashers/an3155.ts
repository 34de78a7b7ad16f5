// The host side of the boot loader in an STM32's ROM, over a serial port. Source: ST AN3155; RM0090 table 5 for the sectors.
import type { Board } from '../../boards/board.ts';
import { DeviceError } from '../contracts/errors.ts';
import type { Port } from '../link/port.ts';
import { VerifyError } from './flasher.ts';
import type { Flasher, Progress, Segment } from './flasher.ts';
import { openInbox } from './inbox.ts';
import type { Inbox } from './inbox.ts';

const ACK = 0x79;
const NACK = 0x1f;
const SYNC = 0x7f;
const opcodes = { get: 0x00, id: 0x02, read: 0x11, go: 0x21, write: 0x31, extendedErase: 0x44 } as const;

/** Product ids that we write, and their names. */
const chips: Readonly<Record<number, string>> = { 0x413: 'STM32F405/407/415/417' };

const blockBytes = 256;
/** The longest request is a write: its length, 256 bytes and a checksum. What fills it up answers NACK. */
const longestRequest = blockBytes + 2;

/** Limits of waits in milliseconds and of attempts. Erasing 128 KB takes up to 4 s on the slowest supply (datasheet table 40). */
export const an3155Limits = {
  answerMs: 1_000,
  syncMs: 300,
  eraseUnitMs: 8_000,
  syncAttempts: 3,
  attempts: 4,
};

/** A request that was answered by NACK, or not at all; it may be made again. */
class Unanswered extends Error {}
class Silent extends Unanswered {}

/** Makes a flasher that speaks AN3155 over an open port. `limits` are for tests. */
export function an3155(port: Port, board: Board, limits = an3155Limits): Flasher {
  return new Client(port, board, limits);
}

class Client implements Flasher {
  readonly #port: Port;
  readonly #board: Board;
  readonly #limits: typeof an3155Limits;
  #inbox: Inbox | undefined;

  constructor(port: Port, board: Board, limits: typeof an3155Limits) {
    this.#port = port;
    this.#board = board;
    this.#limits = limits;
  }

  async open(): Promise<{ chip: string }> {
    await this.#port.configure({ parity: 'even' });
    this.#inbox ??= openInbox(this.#port);
    try {
      await this.#synchronize();
      const id = await this.#again('its product id', () => this.#readId());
      const chip = chips[id];
      if (chip === undefined) {
        const known = Object.keys(chips).map((known) => `0x${Number(known).toString(16)}`);
        throw new DeviceError(
          `${this.#port.path} is a chip with product id 0x${id.toString(16)}; this board has ${known.join(' or ')}`,
          'is it the right port?',
        );
      }
      return { chip };
    } catch (error) {
      await this.#leave();
      throw error;
    }
  }

  async erase(units: readonly number[], progress: Progress): Promise<void> {
    progress(0);
    // One unit a request: a lost answer costs one repetition, and progress is true.
    for (const [i, unit] of units.entries()) {
      await this.#again(`erasing sector ${unit}`, async () => {
        await this.#command(opcodes.extendedErase);
        const list = [0, 0, unit >> 8, unit & 0xff];
        await this.#send(withChecksum(Uint8Array.from(list)), this.#limits.eraseUnitMs);
      });
      progress((i + 1) / units.length);
    }
  }

  async write(segment: Segment, progress: Progress): Promise<void> {
    await this.#eachBlock(segment, progress, async (address, bytes) => {
      // A write has a multiple of four bytes; 0xFF leaves flash as it is.
      const padded = new Uint8Array(1 + Math.ceil(bytes.length / 4) * 4).fill(0xff);
      padded[0] = padded.length - 2;
      padded.set(bytes, 1);
      await this.#again(`writing at ${hex(address)}`, async () => {
        await this.#command(opcodes.write);
        await this.#send(withChecksum(addressBytes(address)));
        await this.#send(withChecksum(padded));
      });
    });
  }

  async verify(segment: Segment, progress: Progress): Promise<void> {
    await this.#eachBlock(segment, progress, async (address, bytes) => {
      const found = await this.#again(`reading at ${hex(address)}`, async () => {
        await this.#command(opcodes.read);
        await this.#send(withChecksum(addressBytes(address)));
        await this.#send(Uint8Array.of(bytes.length - 1, ~(bytes.length - 1)));
        return this.#receive(bytes.length);
      });
      const wrong = bytes.findIndex((byte, i) => byte !== found[i]);
      if (wrong < 0) return;
      const [want, got] = [bytes[wrong]!, found[wrong]!];
      throw new VerifyError(
        `flash holds ${hex(got)} at ${hex(address + wrong)} where ${hex(want)} was written`,
        'flash again; when it happens again, the flash is worn or write-protected',
      );
    });
  }

  async start(): Promise<void> {
    await this.#again('starting the firmware', async () => {
      await this.#command(opcodes.go);
      await this.#send(withChecksum(addressBytes(this.#board.memory.flash.base)));
    });
    await this.#leave();
  }

  /** Gives the port back as the console wants it. */
  async #leave(): Promise<void> {
    this.#inbox?.close();
    this.#inbox = undefined;
    await this.#port.configure({ parity: 'none' }).catch(() => undefined); // The port may be what failed.
  }

  /**
   * Finds the begin of a request on the loader's side. A fresh one answers the first 0x7F by ACK, a waiting one by NACK at
   * the second. One that was left in the middle of a request swallows them: bytes of 0xFF fill that request up. As an
   * address, a length or an erase list they are refused. As data they change no flash, and with three bytes of 0x7F ahead
   * the checksum of a write that had no data yet is wrong (with two it would be right).
   */
  async #synchronize(): Promise<void> {
    await this.#settle(); // A late answer to something older would be taken for one to 0x7F.
    for (let attempt = 0; attempt < this.#limits.syncAttempts; attempt++) {
      const heard =
        (await this.#poke(SYNC)) ||
        (await this.#poke(SYNC)) ||
        (await this.#poke(SYNC)) ||
        (await this.#fill());
      if (heard && (await this.#isAtBegin())) return;
    }
    throw new DeviceError(
      `no boot loader answers on ${this.#port.path} (tried ${this.#limits.syncAttempts} times)`,
      'set BOOT0 high and press reset, then try again',
    );
  }

  /** Sends one byte; whether anything is answered. */
  async #poke(byte: number): Promise<boolean> {
    this.#inbox!.clear();
    await this.#port.write(Uint8Array.of(byte));
    return (await this.#inbox!.take(1, this.#limits.syncMs)) !== undefined;
  }

  async #fill(): Promise<boolean> {
    this.#inbox!.clear();
    await this.#port.write(new Uint8Array(longestRequest).fill(0xff));
    return (await this.#inbox!.take(1, this.#limits.syncMs)) !== undefined;
  }

  /** Asks for the list of commands until it comes; a lone 0xFF moves the loader on by one byte. */
  async #isAtBegin(): Promise<boolean> {
    for (let attempt = 0; attempt < this.#limits.attempts; attempt++) {
      await this.#settle();
      try {
        await this.#command(opcodes.get);
        const [length] = await this.#receive(1);
        await this.#receive(length! + 1);
        await this.#acknowledged(this.#limits.answerMs);
        return true;
      } catch (error) {
        if (!(error instanceof Unanswered)) throw error;
        if (error instanceof Silent) return false; // It still waits for the rest of something.
        await this.#poke(0xff);
      }
    }
    return false;
  }

  /** Waits until nothing comes any more. */
  async #settle(): Promise<void> {
    do this.#inbox!.clear();
    while ((await this.#inbox!.take(1, 20)) !== undefined);
  }

  async #readId(): Promise<number> {
    await this.#command(opcodes.id);
    const [length] = await this.#receive(1);
    const bytes = await this.#receive(length! + 1);
    await this.#acknowledged(this.#limits.answerMs);
    return bytes.reduce((id, byte) => (id << 8) | byte, 0);
  }

  async #eachBlock(
    { address, bytes }: Segment,
    progress: Progress,
    action: (address: number, bytes: Uint8Array) => Promise<void>,
  ): Promise<void> {
    progress(0);
    for (let start = 0; start < bytes.length; start += blockBytes) {
      await action(address + start, bytes.subarray(start, start + blockBytes));
      progress(Math.min(1, (start + blockBytes) / bytes.length));
    }
  }

  /** Does something that may be repeated until it is acknowledged, finding the begin of a request again in between. */
  async #again<T>(what: string, action: () => Promise<T>): Promise<T> {
    if (this.#inbox === undefined) throw new Error('the flasher is not open');
    let last = '';
    for (let attempt = 0; attempt < this.#limits.attempts; attempt++) {
      try {
        if (attempt > 0) await this.#synchronize();
        return await action();
      } catch (error) {
        if (!(error instanceof Unanswered)) throw error;
        last = error.message;
      }
    }
    const tried = `tried ${this.#limits.attempts} times`;
    throw new DeviceError(
      `the boot loader did not do it: ${what}, ${last} (${tried})`,
      'reset the board and flash again',
    );
  }

  async #command(opcode: number): Promise<void> {
    await this.#send(Uint8Array.of(opcode, ~opcode));
  }

  async #send(bytes: Uint8Array, limitMs = this.#limits.answerMs): Promise<void> {
    await this.#port.write(bytes);
    await this.#acknowledged(limitMs);
  }

  async #acknowledged(limitMs: number): Promise<void> {
    const [answer] = (await this.#inbox!.take(1, limitMs)) ?? [];
    if (answer === ACK) return;
    if (answer === undefined) throw new Silent(`no answer for ${limitMs / 1000} s`);
    throw new Unanswered(answer === NACK ? 'refused' : `answered ${hex(answer)}`);
  }

  async #receive(count: number): Promise<Uint8Array> {
    const bytes = await this.#inbox!.take(count, this.#limits.answerMs);
    if (bytes === undefined) throw new Silent(`no ${count} bytes within ${this.#limits.answerMs / 1000} s`);
    return bytes;
  }
}

function withChecksum(bytes: Uint8Array): Uint8Array {
  return Uint8Array.of(
    ...bytes,
    bytes.reduce((sum, byte) => sum ^ byte, 0),
  );
}

function addressBytes(address: number): Uint8Array {
  return Uint8Array.of(address >>> 24, address >>> 16, address >>> 8, address);
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
