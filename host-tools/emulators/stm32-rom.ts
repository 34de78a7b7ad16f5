// The device side of the ROM boot loader of an STM32F405: a state machine over the flash's bytes. Source: ST AN3155; AN2606 for the version.

/** What the loader can reach of the chip. */
export interface RomMemory {
  /** All of flash, as it is at `flashBase`. Written in place. */
  flash: Buffer;
  flashBase: number;
  /** Sizes of the flash's sectors in order, in bytes. */
  eraseUnits: readonly number[];
  ram: { base: number; bytes: number };
}

export interface RomEvents {
  /** Bytes for the host. */
  send(bytes: Uint8Array): void;
  /** Flash was erased or written. */
  changed(): void;
  /** The host asks to start the program at an address; false when that cannot be, which the host is told. */
  go(address: number): boolean;
}

const ACK = 0x79;
const NACK = 0x1f;
const SYNC = 0x7f;
const VERSION = 0x31;
const CHIP_ID = [0x04, 0x13];
const systemMemory = { base: 0x1fff_0000, bytes: 0x7a10 };
const MASS_ERASE = 0xffff;

const opcodes = {
  get: 0x00,
  version: 0x01,
  id: 0x02,
  read: 0x11,
  go: 0x21,
  write: 0x31,
  erase: 0x44,
  writeProtect: 0x63,
  writeUnprotect: 0x73,
  readoutProtect: 0x82,
  readoutUnprotect: 0x92,
} as const;
const knownOpcodes: readonly number[] = Object.values(opcodes);

/** What a step takes from the front of the bytes that wait, and what comes next; undefined asks for more bytes. */
type Taken = { taken: number; next: Step } | undefined;
type Step = (bytes: Uint8Array) => Taken;

/** The loader. Every request that is malformed is answered with NACK and forgotten. */
export class RomLoader {
  readonly #memory: RomMemory;
  readonly #events: RomEvents;
  #waiting = new Uint8Array(0);
  #step: Step = this.#unsynchronized.bind(this);

  /** Begins as after a reset: waits for the first 0x7F. */
  constructor(memory: RomMemory, events: RomEvents) {
    this.#memory = memory;
    this.#events = events;
  }

  reset(): void {
    this.#waiting = new Uint8Array(0);
    this.#step = this.#unsynchronized.bind(this);
  }

  /** Takes bytes from the host, in pieces of any size. */
  feed(bytes: Uint8Array): void {
    this.#waiting = Uint8Array.from([...this.#waiting, ...bytes]);
    while (this.#waiting.length > 0) {
      const done = this.#step(this.#waiting);
      if (done === undefined) return;
      this.#waiting = this.#waiting.slice(done.taken);
      this.#step = done.next;
    }
  }

  #send(...bytes: number[]): void {
    this.#events.send(Uint8Array.from(bytes));
  }

  #accept(taken: number, next: Step = this.#command.bind(this)): Taken {
    this.#send(ACK);
    return { taken, next };
  }

  #refuse(taken: number): Taken {
    this.#send(NACK);
    return { taken, next: this.#command.bind(this) };
  }

  #unsynchronized(bytes: Uint8Array): Taken {
    return bytes[0] === SYNC ? this.#accept(1) : { taken: 1, next: this.#unsynchronized.bind(this) };
  }

  #command(bytes: Uint8Array): Taken {
    if (bytes.length < 2) return undefined;
    const opcode = bytes[0]!;
    if ((opcode ^ bytes[1]!) !== 0xff || !knownOpcodes.includes(opcode)) return this.#refuse(2);
    switch (opcode) {
      case opcodes.get:
        this.#send(ACK, knownOpcodes.length, VERSION, ...knownOpcodes);
        return this.#accept(2);
      case opcodes.version:
        this.#send(ACK, VERSION, 0, 0);
        return this.#accept(2);
      case opcodes.id:
        this.#send(ACK, CHIP_ID.length - 1, ...CHIP_ID);
        return this.#accept(2);
      case opcodes.read:
        return this.#accept(2, this.#readAddress.bind(this));
      case opcodes.write:
        return this.#accept(2, this.#writeAddress.bind(this));
      case opcodes.go:
        return this.#accept(2, this.#goAddress.bind(this));
      case opcodes.erase:
        return this.#accept(2, this.#eraseUnits.bind(this));
      case opcodes.writeProtect:
        return this.#accept(2, this.#protectList.bind(this));
      default:
        // The other three have no argument: a second ACK says that they are done. Protection is not emulated.
        this.#send(ACK);
        return this.#accept(2);
    }
  }

  #readAddress(bytes: Uint8Array): Taken {
    if (bytes.length < 5) return undefined;
    const address = addressOf(bytes);
    if (xor(bytes.subarray(0, 5)) !== 0 || !this.#isReadable(address)) return this.#refuse(5);
    return this.#accept(5, (length) => this.#readLength(address, length));
  }

  #readLength(address: number, bytes: Uint8Array): Taken {
    if (bytes.length < 2) return undefined;
    const length = bytes[0]! + 1;
    const bad = (bytes[0]! ^ bytes[1]!) !== 0xff || !this.#isReadable(address + length - 1);
    if (bad) return this.#refuse(2);
    const done = this.#accept(2);
    this.#events.send(this.#contents(address, length));
    return done;
  }

  #writeAddress(bytes: Uint8Array): Taken {
    if (bytes.length < 5) return undefined;
    const address = addressOf(bytes);
    if (xor(bytes.subarray(0, 5)) !== 0 || !this.#isWritable(address)) return this.#refuse(5);
    return this.#accept(5, (data) => this.#writeData(address, data));
  }

  #writeData(address: number, bytes: Uint8Array): Taken {
    const length = bytes[0]! + 1;
    const taken = length + 2;
    if (bytes.length < taken) return undefined;
    const end = address + length - 1;
    const bad = xor(bytes.subarray(0, taken)) !== 0 || length % 4 !== 0 || !this.#isWritable(end);
    if (bad) return this.#refuse(taken);
    this.#program(address, bytes.subarray(1, 1 + length));
    return this.#accept(taken);
  }

  #eraseUnits(bytes: Uint8Array): Taken {
    if (bytes.length < 2) return undefined;
    const { flash, eraseUnits } = this.#memory;
    const count = (bytes[0]! << 8) | bytes[1]!;
    if (count >= 0xfff0) {
      if (bytes.length < 3) return undefined;
      if (xor(bytes.subarray(0, 3)) !== 0 || count !== MASS_ERASE) return this.#refuse(3);
      flash.fill(0xff);
      this.#events.changed();
      return this.#accept(3);
    }
    const n_units = count + 1;
    if (n_units > eraseUnits.length) return this.#refuse(2);
    const taken = 2 + 2 * n_units + 1;
    if (bytes.length < taken) return undefined;
    const units = Array.from({ length: n_units }, (_, i) => (bytes[2 + 2 * i]! << 8) | bytes[3 + 2 * i]!);
    const known = units.every((unit) => unit < eraseUnits.length);
    if (xor(bytes.subarray(0, taken)) !== 0 || !known) return this.#refuse(taken);
    for (const unit of units) {
      const start = eraseUnits.slice(0, unit).reduce((sum, size) => sum + size, 0);
      flash.fill(0xff, start, start + eraseUnits[unit]!);
    }
    this.#events.changed();
    return this.#accept(taken);
  }

  #protectList(bytes: Uint8Array): Taken {
    const taken = bytes[0]! + 3;
    if (bytes.length < taken) return undefined;
    return xor(bytes.subarray(0, taken)) !== 0 ? this.#refuse(taken) : this.#accept(taken);
  }

  #goAddress(bytes: Uint8Array): Taken {
    if (bytes.length < 5) return undefined;
    const address = addressOf(bytes);
    const bad = xor(bytes.subarray(0, 5)) !== 0 || !this.#isReadable(address);
    if (bad || !this.#events.go(address)) return this.#refuse(5);
    return this.#accept(5, this.#unsynchronized.bind(this));
  }

  #isInFlash(address: number): boolean {
    return within(address, this.#memory.flashBase, this.#memory.flash.length);
  }

  #isWritable(address: number): boolean {
    return this.#isInFlash(address) || within(address, this.#memory.ram.base, this.#memory.ram.bytes);
  }

  #isReadable(address: number): boolean {
    return this.#isWritable(address) || within(address, systemMemory.base, systemMemory.bytes);
  }

  /** Flash as it is; RAM and the ROM itself read as zero. */
  #contents(address: number, length: number): Uint8Array {
    const { flash, flashBase } = this.#memory;
    if (!this.#isInFlash(address)) return new Uint8Array(length);
    return Uint8Array.from(flash.subarray(address - flashBase, address - flashBase + length));
  }

  /** Writing can only clear bits, as in any NOR flash. What is written to RAM is forgotten: a reset follows. */
  #program(address: number, bytes: Uint8Array): void {
    if (!this.#isInFlash(address)) return;
    const { flash, flashBase } = this.#memory;
    bytes.forEach((byte, i) => (flash[address - flashBase + i]! &= byte));
    this.#events.changed();
  }
}

function within(address: number, base: number, bytes: number): boolean {
  return address >= base && address < base + bytes;
}

function addressOf(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0);
}

function xor(bytes: Uint8Array): number {
  return bytes.reduce((sum, byte) => sum ^ byte, 0);
}
