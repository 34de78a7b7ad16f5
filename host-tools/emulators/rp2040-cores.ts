// Two cores on rp2040js, which has one: a second core on the same chip, and the single-cycle IO (SIO) as each core sees it.
// RP2040 datasheet 2.3.1 (SIO), 2.8.2 (how core 1 is launched); Armv6-M manual B1.5.19 (events).
import { FIFO, RP2040 } from 'rp2040js';
import type { Logger } from 'rp2040js';
import { FlashCache } from './rp2040-cache.ts';

type Chip = RP2040;
export type Core = Chip['core'];
type Sio = Chip['sio'];
type Clock = NonNullable<ConstructorParameters<typeof RP2040>[0]>;

/** What rp2040js declares readonly and we replace. */
interface Replaceable {
  core: Core;
  sio: Pick<Sio, 'readUint32' | 'writeUint32'>;
  ppb: Chip['ppb'];
  logger: Logger;
  onBreak: Chip['onBreak'];
  setInterrupt: Chip['setInterrupt'];
}

const sio = { cpuid: 0x00, fifoSt: 0x50, fifoWr: 0x54, fifoRd: 0x58, ownStart: 0x60, ownEnd: 0x100 } as const;
const fifoStatus = { valid: 1, ready: 2, overflow: 4, underflow: 8 } as const;
const fifoWords = 8;
const ramBase = 0x2000_0000;
/** Behind `cachedEnd` it is seen again, without the cache. */
const flash = { base: 0x1000_0000, cachedEnd: 0x1100_0000, end: 0x1400_0000 };
const wfe = 0xbf20;
const hardFault = 3;

/** A chip with two cores. Each core is a `Core` of rp2040js; who runs next is the caller's choice. */
export interface TwoCores {
  readonly chip: Chip;
  readonly cores: readonly [Core, Core];
  /** Of flash; both cores share it. A miss costs no cycles. */
  readonly cache: FlashCache;
  /** Why the core that just executed an instruction must take a HardFault, if it must; reading it forgets it. */
  takeFault(): string | undefined;
}

/** Makes the chip; core 1 waits in its ROM, which is played here, until core 0 launches it. */
export function makeTwoCores(clock: Clock): TwoCores {
  let fault: string | undefined;
  const setFault = (what: string): void => void (fault ??= what);
  const cache = new FlashCache();
  const chip = new Bus(clock, cache, setFault);

  // The same memory and peripherals; what belongs to a core alone is its own. Twins in shape: JavaScript is slow with any other.
  const chip1 = Object.assign(new Bus(clock, cache, setFault), chip);
  const [own0, own1]: [Replaceable, Replaceable] = [chip, chip1];
  own1.core = new (chip.core.constructor as new (chip: Chip) => Core)(chip1);
  own1.ppb = new (chip.ppb.constructor as new (chip: Chip, name: string) => Chip['ppb'])(chip1, 'PPB');
  const cores = [chip.core, chip1.core] as const;
  joinSio(chip, chip1, cores);
  for (const [own, self, other] of [
    [own0, cores[0], cores[1]],
    [own1, cores[1], cores[0]],
  ] as const) {
    own.logger = listen(setFault, () => sendEvent(self, other));
    own.onBreak = () => setFault('an undefined instruction or a breakpoint');
  }
  own0.setInterrupt = own1.setInterrupt = (irq, value) =>
    cores.forEach((core) => setInterrupt(core, irq, value, cores));
  return {
    chip,
    cores,
    cache,
    takeFault() {
      const taken = fault;
      fault = undefined;
      return taken;
    },
  };
}

/** rp2040js says by its log alone that an event was sent, or that an access or an instruction was wrong. */
function listen(setFault: (what: string) => void, event: () => void): Logger {
  const complain = (name: string, message: string): void => {
    if (name === 'RP2040' || name === 'CortexM0Core') setFault(message);
  };
  return {
    debug: () => undefined,
    info: (_name, message) => message === 'SEV' && event(),
    warn: complain,
    error: complain,
  };
}

/** A core that sleeps has slept until the other one did something. */
function wake(core: Core, cycles: number): void {
  core.waiting = false;
  core.cycles = Math.max(core.cycles, cycles);
}

/** An event is remembered by both cores, or ends a WFE at once. */
function sendEvent(from: Core, to: Core): void {
  from.eventRegistered = true;
  if (to.waiting && isLaunched(to) && to.readUint16(to.PC - 2) === wfe) wake(to, from.cycles + 1);
  else to.eventRegistered = true;
}

/** A core in its ROM is one whose program counter was never set. */
function isLaunched(core: Core): boolean {
  return core.PC !== 0;
}

/** Every interrupt goes to both cores. rp2040js would take one in a WFI although PRIMASK holds it back. */
function setInterrupt(core: Core, irq: number, value: boolean, cores: readonly [Core, Core]): void {
  const bit = 1 << irq;
  if (!value) {
    core.pendingInterrupts &= ~bit;
    return;
  }
  core.pendingInterrupts |= bit;
  core.interruptsUpdated = true;
  if (core.waiting && (core.enabledInterrupts & bit) !== 0)
    wake(core, Math.max(cores[0].cycles, cores[1].cycles));
}

function touch(cache: FlashCache | undefined, address: number): void {
  if (address >= flash.base && address < flash.cachedEnd) cache?.touch(address - flash.base);
}

/** What the core of a view addresses: RAM first, since most accesses go there, and flash through the cache. */
class Bus extends RP2040 {
  /** What is wrong with an access; undefined while the chip is being made, as is the cache. */
  complain: ((what: string) => void) | undefined;
  cache: FlashCache | undefined;

  constructor(clock: Clock, cache: FlashCache, complain: (what: string) => void) {
    super(clock);
    this.cache = cache;
    this.complain = complain;
  }

  override readUint8(address: number): number {
    const offset = address - ramBase;
    if (offset >= 0 && offset < this.sram.length) return this.sram[offset]!;
    touch(this.cache, address);
    return super.readUint8(address);
  }

  override readUint16(address: number): number {
    const offset = address - ramBase;
    if (offset >= 0 && offset < this.sram.length && (address & 1) === 0)
      return this.sramView.getUint16(offset, true);
    touch(this.cache, address);
    return super.readUint16(address);
  }

  override readUint32(address: number): number {
    const offset = address - ramBase;
    if (offset >= 0 && offset < this.sram.length && (address & 3) === 0)
      return this.sramView.getUint32(offset, true);
    touch(this.cache, address);
    return super.readUint32(address);
  }

  /** Stores to flash, which rp2040js lets pass, and unaligned ones are faults. */
  override writeUint32(address: number, value: number): void {
    const offset = (address >>> 0) - ramBase;
    if ((address & 3) !== 0)
      this.complain?.(`a store to 0x${(address >>> 0).toString(16)}, which is no multiple of 4`);
    else if (offset >= 0 && offset < this.sram.length) this.sramView.setUint32(offset, value, true);
    else if (address >= flash.base && address < flash.end)
      this.complain?.(`a store to flash, at 0x${address.toString(16)}`);
    else super.writeUint32(address, value);
  }
}

/** Makes a core take a HardFault for the instruction at `pc`; false where it locks up instead. */
export function raiseHardFault(core: Core, pc: number): boolean {
  const active = core.IPSR;
  if (active === hardFault || active === hardFault - 1) return false;
  core.PC = pc;
  core.exceptionEntry(hardFault);
  return true;
}

/** The two FIFOs, the core's number, divider and interpolators of its own; pins and spinlocks are shared. */
function joinSio(chip: Chip, chip1: Chip, cores: readonly [Core, Core]): void {
  const shared = chip.sio;
  const own1 = new (shared.constructor as new (chip: Chip) => Sio)(chip1);
  const prototype = Object.getPrototypeOf(shared) as Sio;
  const [to0, to1] = [new Mailbox(), new Mailbox()];
  const rom = bootRom(cores, to0);
  const view = (index: 0 | 1, own: Sio, inbox: Mailbox, outbox: Mailbox) => ({
    readUint32(offset: number): number {
      if (offset === sio.cpuid) return index;
      if (offset === sio.fifoSt) return inbox.readStatus | outbox.writeStatus;
      if (offset === sio.fifoRd) return inbox.pull();
      const unit = offset >= sio.ownStart && offset < sio.ownEnd ? own : shared;
      return prototype.readUint32.call(unit, offset);
    },
    writeUint32(offset: number, value: number): void {
      if (offset === sio.fifoSt) inbox.underflow = outbox.overflow = false;
      else if (offset === sio.fifoWr) {
        if (index === 1 || !rom(value)) outbox.push(value);
      } else {
        const unit = offset >= sio.ownStart && offset < sio.ownEnd ? own : shared;
        const { cycles } = cores[index];
        prototype.writeUint32.call(unit, offset, value);
        cores[index].cycles = cycles; // rp2040js has the core wait for its divider; on silicon the program does.
      }
    },
  });
  // The pins look into the chip's SIO, so the views are put into what there is.
  Object.assign(shared, view(0, shared, to0, to1));
  (chip1 as Replaceable).sio = Object.assign(own1, view(1, own1, to1, to0));
}

/** Words on their way to a core. */
class Mailbox {
  underflow = false;
  overflow = false;
  readonly #words = new FIFO(fifoWords);

  get readStatus(): number {
    return (this.#words.empty ? 0 : fifoStatus.valid) | (this.underflow ? fifoStatus.underflow : 0);
  }

  get writeStatus(): number {
    return (this.#words.full ? 0 : fifoStatus.ready) | (this.overflow ? fifoStatus.overflow : 0);
  }

  push(word: number): void {
    if (this.#words.full) this.overflow = true;
    this.#words.push(word);
  }

  pull(): number {
    if (this.#words.empty) this.underflow = true;
    return this.#words.pull();
  }
}

/**
 * Core 1 in ROM: it echoes 0, 0, 1, vector table, stack pointer, program counter, and starts; after a word that it did not
 * expect it begins anew. Gives a function that takes a word of core 0, or says that nobody is in ROM any more.
 */
function bootRom([core0, core1]: readonly [Core, Core], answers: Mailbox): (word: number) => boolean {
  const heard: number[] = [];
  core1.waiting = true;
  core1.PC = 0;
  return (word) => {
    if (isLaunched(core1)) return false;
    answers.push(word);
    sendEvent(core1, core0);
    const expected = [0, 0, 1][heard.length];
    if (expected !== undefined && word !== expected) heard.length = 0;
    if (expected === undefined || word === expected) heard.push(word);
    if (heard.length === 6) {
      core1.VTOR = heard[3]!;
      core1.SP = heard[4]!;
      core1.PC = heard[5]! & ~1;
      wake(core1, core0.cycles);
    }
    return true;
  };
}
