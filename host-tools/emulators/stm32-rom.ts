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

export interface RomLoader {
  /** Takes bytes from the host, in pieces of any size. */
  feed(bytes: Uint8Array): void;
  /** As after a reset: waits for the first 0x7F. */
  reset(): void;
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

/** A step takes what it needs from the front of `bytes` and says how much that was and what comes next; undefined asks for more. */
type Step = (bytes: Uint8Array) => { taken: number; next: Step } | undefined;

/** Makes a loader that waits for the first 0x7F. Every request that is malformed is answered with NACK and forgotten. */
export function createRomLoader(memory: RomMemory, events: RomEvents): RomLoader {
  let pending = new Uint8Array(0);
  let step: Step = unsynchronized;

  const send = (...bytes: number[]): void => events.send(Uint8Array.from(bytes));

  function refuse(taken: number): { taken: number; next: Step } {
    send(NACK);
    return { taken, next: command };
  }

  function accept(taken: number, next: Step = command): { taken: number; next: Step } {
    send(ACK);
    return { taken, next };
  }

  function unsynchronized(bytes: Uint8Array): ReturnType<Step> {
    return bytes[0] === SYNC ? accept(1) : { taken: 1, next: unsynchronized };
  }

  function command(bytes: Uint8Array): ReturnType<Step> {
    if (bytes.length < 2) return undefined;
    const opcode = bytes[0]!;
    if ((opcode ^ bytes[1]!) !== 0xff || !knownOpcodes.includes(opcode)) return refuse(2);
    send(ACK);
    switch (opcode) {
      case opcodes.get:
        send(knownOpcodes.length, VERSION, ...knownOpcodes);
        return accept(2);
      case opcodes.version:
        send(VERSION, 0, 0);
        return accept(2);
      case opcodes.id:
        send(CHIP_ID.length - 1, ...CHIP_ID);
        return accept(2);
      case opcodes.read:
        return { taken: 2, next: addressFor(readLength, readable) };
      case opcodes.write:
        return { taken: 2, next: addressFor(writeData, writable) };
      case opcodes.go:
        return { taken: 2, next: goAddress };
      case opcodes.erase:
        return { taken: 2, next: eraseUnitList };
      case opcodes.writeProtect:
        return { taken: 2, next: protectList };
      default:
        // The remaining three have no argument: a second ACK says that they are done. Protection is not emulated.
        return accept(2);
    }
  }

  function addressFor(then: (address: number) => Step, allowed: (address: number) => boolean): Step {
    return (bytes) => {
      if (bytes.length < 5) return undefined;
      const address = addressOf(bytes);
      return xor(bytes.subarray(0, 5)) !== 0 || !allowed(address) ? refuse(5) : accept(5, then(address));
    };
  }

  function readLength(address: number): Step {
    return (bytes) => {
      if (bytes.length < 2) return undefined;
      const length = bytes[0]! + 1;
      if ((bytes[0]! ^ bytes[1]!) !== 0xff || !readable(address + length - 1)) return refuse(2);
      send(ACK);
      events.send(contents(address, length));
      return { taken: 2, next: command };
    };
  }

  function writeData(address: number): Step {
    return (bytes) => {
      if (bytes.length < 1) return undefined;
      const length = bytes[0]! + 1;
      const taken = length + 2;
      if (bytes.length < taken) return undefined;
      const bad = xor(bytes.subarray(0, taken)) !== 0 || length % 4 !== 0 || !writable(address + length - 1);
      if (bad) return refuse(taken);
      program(address, bytes.subarray(1, 1 + length));
      return accept(taken);
    };
  }

  function eraseUnitList(bytes: Uint8Array): ReturnType<Step> {
    if (bytes.length < 2) return undefined;
    const count = (bytes[0]! << 8) | bytes[1]!;
    if (count >= 0xfff0) {
      if (bytes.length < 3) return undefined;
      if (xor(bytes.subarray(0, 3)) !== 0 || count !== MASS_ERASE) return refuse(3);
      memory.flash.fill(0xff);
      events.changed();
      return accept(3);
    }
    const n_units = count + 1;
    if (n_units > memory.eraseUnits.length) return refuse(2);
    const taken = 2 + 2 * n_units + 1;
    if (bytes.length < taken) return undefined;
    const units = Array.from({ length: n_units }, (_, i) => (bytes[2 + 2 * i]! << 8) | bytes[3 + 2 * i]!);
    const known = units.every((unit) => unit < memory.eraseUnits.length);
    if (xor(bytes.subarray(0, taken)) !== 0 || !known) return refuse(taken);
    for (const unit of units) {
      const start = memory.eraseUnits.slice(0, unit).reduce((sum, size) => sum + size, 0);
      memory.flash.fill(0xff, start, start + memory.eraseUnits[unit]!);
    }
    events.changed();
    return accept(taken);
  }

  function protectList(bytes: Uint8Array): ReturnType<Step> {
    if (bytes.length < 1) return undefined;
    const taken = bytes[0]! + 3;
    if (bytes.length < taken) return undefined;
    return xor(bytes.subarray(0, taken)) !== 0 ? refuse(taken) : accept(taken);
  }

  function goAddress(bytes: Uint8Array): ReturnType<Step> {
    if (bytes.length < 5) return undefined;
    const address = addressOf(bytes);
    const bad = xor(bytes.subarray(0, 5)) !== 0 || !readable(address);
    if (bad || !events.go(address)) return refuse(5);
    return accept(5, unsynchronized);
  }

  const inFlash = (address: number): boolean => within(address, memory.flashBase, memory.flash.length);
  const inRam = (address: number): boolean => within(address, memory.ram.base, memory.ram.bytes);
  const writable = (address: number): boolean => inFlash(address) || inRam(address);
  const readable = (address: number): boolean =>
    writable(address) || within(address, systemMemory.base, systemMemory.bytes);

  /** Flash as it is; RAM and the ROM itself read as zero. */
  function contents(address: number, length: number): Uint8Array {
    if (!inFlash(address)) return new Uint8Array(length);
    const start = address - memory.flashBase;
    return Uint8Array.from(memory.flash.subarray(start, start + length));
  }

  /** Writing can only clear bits, as in any NOR flash. What is written to RAM is forgotten: a reset follows. */
  function program(address: number, bytes: Uint8Array): void {
    if (!inFlash(address)) return;
    const start = address - memory.flashBase;
    bytes.forEach((byte, i) => (memory.flash[start + i]! &= byte));
    events.changed();
  }

  return {
    feed(bytes) {
      pending = Uint8Array.from([...pending, ...bytes]);
      while (pending.length > 0) {
        const done = step(pending);
        if (done === undefined) return;
        pending = pending.slice(done.taken);
        step = done.next;
      }
    },
    reset() {
      pending = new Uint8Array(0);
      step = unsynchronized;
    },
  };
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
