// An RP2040 that runs what is in flash, with its UART0 and its counts; it knows neither threads nor ports. RP2040 datasheet 2.8.1.
import type { FlashCache } from './rp2040-cache.ts';
import { makeTwoCores, raiseHardFault } from './rp2040-cores.ts';
import type { Core, TwoCores } from './rp2040-cores.ts';
import type { CycleCounts, ProfileRange, TokenCounts } from './counts.ts';

/** Where to count. Cycles are core 0's from mark to mark, its sleep included and interrupt handlers left out; instructions are both cores'. */
export interface CountPlan {
  /** The first instruction of these functions on core 0 begins and ends a token. */
  start: number;
  stop: number;
  isrStart: number;
  isrEnd: number;
  /** What to count apart; cycles of a range include the waits for core 1 in it. */
  ranges?: readonly ProfileRange[];
}

export interface MachineListener {
  /** The program sent a byte. */
  sent(byte: number): void;
  counted(counts: TokenCounts): void;
}

/** `idle`: both cores sleep until a byte comes; `reset`: the watchdog fired; `locked up`: `lockUp` says why. */
export type RunEnd = 'busy' | 'idle' | 'reset' | 'locked up';

const flashBase = 0x1000_0000;
const ramBase = 0x2000_0000;
const bootBytes = 256;
/** Where the boot ROM copies the boot stage to. */
const bootStage = 0x2004_1f00;
const bitsPerByte = 10;

/** CRC-32 as the boot ROM computes it: polynomial 0x04C11DB7, from all ones, neither reflected nor inverted. */
export function bootChecksum(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) {
    crc ^= byte << 24;
    for (let i = 0; i < 8; i++) crc = (crc << 1) ^ (crc < 0 ? 0x04c1_1db7 : 0);
  }
  return crc >>> 0;
}

/** Whether the boot ROM would start what is in flash. */
export function isBootable(flash: Uint8Array): boolean {
  const stage = flash.subarray(0, bootBytes);
  const stored = new DataView(stage.buffer, stage.byteOffset, stage.length).getUint32(bootBytes - 4, true);
  return bootChecksum(stage.subarray(0, bootBytes - 4)) === stored;
}

/** Time that follows core 0. Alarms never fire: the firmware uses none. */
class CycleClock {
  core: Core | undefined;
  #hz = 1;
  #sinceCycles = 0;
  #sinceNanos = 0;

  get nanos(): number {
    if (!this.core) return 0;
    return this.#sinceNanos + ((this.core.cycles - this.#sinceCycles) * 1e9) / this.#hz;
  }

  set hz(hz: number) {
    [this.#sinceNanos, this.#sinceCycles] = [this.nanos, this.core?.cycles ?? 0];
    this.#hz = hz;
  }

  createAlarm(): { schedule(): void; cancel(): void } {
    return { schedule: () => undefined, cancel: () => undefined };
  }
}

export class Machine {
  /** Why a core stopped for good. */
  lockUp = '';
  readonly #cores: TwoCores;
  readonly #listener: MachineListener;
  readonly #incoming: number[] = [];
  /** The cycle at which the next byte has arrived. */
  #dueCycle = Infinity;
  #reset = false;
  readonly #plan: CountPlan | undefined;
  readonly #counter: Counter;

  /** Runs flash from its first 256 bytes on, which `isBootable` has found good. */
  constructor(flash: Uint8Array, listener: MachineListener, plan?: CountPlan) {
    const clock = new CycleClock();
    this.#cores = makeTwoCores(clock);
    this.#listener = listener;
    this.#plan = plan;
    const { chip, cores, cache } = this.#cores;
    this.#counter = new Counter(plan, cache);
    chip.flash.set(flash);
    chip.sram.set(flash.subarray(0, bootBytes), bootStage - ramBase);
    [clock.core, clock.hz] = [cores[0], chip.clkSys];
    chip.addClockListener((hz) => (clock.hz = hz));
    chip.uart[0]!.onByte = (byte) => listener.sent(byte);
    const watchdog = Object.values(chip.peripherals).find((unit) => 'onWatchdogTrigger' in unit);
    Object.assign(watchdog!, { onWatchdogTrigger: () => (this.#reset = true) });
    cores[0].PC = bootStage;
    cores[0].SP = bootStage;
  }

  /** Instructions that core 1 has executed. */
  get core1Instructions(): number {
    return this.#counter.core1Instructions;
  }

  /** Bytes on the wire to the board; they arrive at the rate that its UART is set to. */
  feed(bytes: Uint8Array): void {
    for (const byte of bytes) this.#incoming.push(byte);
    if (this.#dueCycle === Infinity) this.#dueCycle = this.#cores.cores[0].cycles + this.#cyclesPerByte();
  }

  /** Lets time pass while the cores sleep. */
  pass(seconds: number): void {
    const { chip, cores } = this.#cores;
    cores[0].cycles += Math.round(seconds * chip.clkSys);
  }

  #cyclesPerByte(): number {
    const { chip } = this.#cores;
    const { baudRate } = chip.uart[0]!;
    return Number.isFinite(baudRate) && baudRate > 0 ? (bitsPerByte * chip.clkSys) / baudRate : 0;
  }

  #receive(): void {
    const byte = this.#incoming.shift();
    const uart = this.#cores.chip.uart[0]!;
    if (byte !== undefined && uart.enabled && uart.rxEnabled) uart.feedByte(byte);
    if (this.#incoming.length === 0) this.#dueCycle = Infinity;
    else this.#dueCycle += this.#cyclesPerByte();
  }

  /** Executes up to `limit` instructions. */
  run(limit: number): RunEnd {
    const [core0, core1] = this.#cores.cores;
    const counter = this.#counter;
    const { start, stop } = this.#plan ?? { start: -1, stop: -1 };
    for (let i = 0; i < limit; i++) {
      let core = core0;
      if (core0.waiting && !hasInterrupt(core0)) {
        if (core1.waiting && !hasInterrupt(core1)) {
          if (this.#dueCycle === Infinity) return 'idle';
          core0.cycles = Math.max(core0.cycles, Math.ceil(this.#dueCycle));
          this.#receive();
          continue;
        }
        core = core1;
      } else if (core1.cycles < core0.cycles && !core1.waiting) {
        core = core1;
      }
      if (core.cycles >= this.#dueCycle) this.#receive();
      if (core.interruptsUpdated && core.checkForInterrupts()) core.waiting = false;
      const pc = core.PC & ~1;
      if (core === core0) {
        if (pc === start) counter.begin(core0);
        else if (pc === stop && counter.counting) this.#listener.counted(counter.end(core0));
        counter.before(core0);
      }
      core.executeInstruction();
      counter.after(core, pc, core === core0);
      if (this.#reset) return 'reset';
      const fault = this.#cores.takeFault();
      if (fault !== undefined && !raiseHardFault(core, pc)) return this.#stop(core, pc, fault);
    }
    return 'busy';
  }

  #stop(core: Core, pc: number, fault: string): RunEnd {
    this.lockUp = `core ${core === this.#cores.cores[0] ? 0 : 1} at 0x${(pc >>> 0).toString(16)}: ${fault}`;
    return 'locked up';
  }
}

/** Whether a sleeping core has an interrupt to wake up for, which may have come before it fell asleep. */
function hasInterrupt(core: Core): boolean {
  if ((core.pendingInterrupts & core.enabledInterrupts) === 0) return false;
  core.waiting = false;
  return true;
}

/** Counts between the marks. */
class Counter {
  core1Instructions = 0;
  counting = false;
  #instructions = 0;
  #isr = 0;
  #isrCycles = 0;
  #startCycle = 0;
  /** Core 0's cycles behind its last instruction, and when the present one began. */
  #lastCycle = 0;
  #beginCycle = 0;
  #lastOperator = 0;
  readonly #plan: CountPlan | undefined;
  readonly #operators: OperatorMap | undefined;
  readonly #cache: FlashCache;
  #lastMisses = 0;
  #flashLines = 0;
  readonly #ofOperator: { instructions: Float64Array; cycles: Float64Array; flashLines: Float64Array };

  constructor(plan: CountPlan | undefined, cache: FlashCache) {
    this.#plan = plan;
    this.#cache = cache;
    this.#operators = plan?.ranges && new OperatorMap(plan.ranges);
    const size = (plan?.ranges?.length ?? 0) + 1;
    const zeros = (): Float64Array => new Float64Array(size);
    this.#ofOperator = { instructions: zeros(), cycles: zeros(), flashLines: zeros() };
  }

  begin(core0: Core): void {
    this.counting = true;
    this.#instructions = this.#isr = this.#isrCycles = this.#lastOperator = 0;
    this.#startCycle = this.#lastCycle = core0.cycles;
    for (const figures of Object.values(this.#ofOperator)) figures.fill(0);
    this.#cache.empty();
    this.#lastMisses = this.#flashLines = 0;
  }

  end(core0: Core): TokenCounts {
    this.before(core0);
    this.counting = false;
    const cycles = core0.cycles - this.#startCycle - this.#isrCycles;
    const counts = {
      instructions: this.#instructions,
      isr: this.#isr,
      cycles,
      flashLines: this.#flashLines,
    };
    const { instructions, cycles: cyclesOf, flashLines } = this.#ofOperator;
    const operators = this.#operators?.named((i) => ({
      instructions: instructions[i]!,
      cycles: cyclesOf[i]!,
      flashLines: flashLines[i]!,
    }));
    return operators ? { ...counts, operators } : counts;
  }

  /** Core 0 is about to execute an instruction; what passed since its last one it waited in that. */
  before(core0: Core): void {
    this.#beginCycle = core0.cycles;
    if (!this.counting) return;
    this.#ofOperator.cycles[this.#lastOperator]! += core0.cycles - this.#lastCycle;
    this.#lastCycle = core0.cycles;
  }

  after(core: Core, pc: number, isCore0: boolean): void {
    if (!isCore0) this.core1Instructions += 1;
    if (!this.counting) return;
    const { isrStart, isrEnd } = this.#plan!;
    const flashLines = this.#cache.misses - this.#lastMisses;
    this.#lastMisses += flashLines;
    if (isCore0 && pc >= isrStart && pc < isrEnd) {
      this.#isr += 1;
      this.#isrCycles += core.cycles - this.#beginCycle;
      this.#lastCycle = core.cycles;
      return;
    }
    this.#instructions += 1;
    this.#flashLines += flashLines;
    if (!this.#operators) return;
    const operator = this.#operators.at(pc);
    this.#ofOperator.instructions[operator]! += 1;
    this.#ofOperator.flashLines[operator]! += flashLines;
    if (isCore0) this.#lastOperator = operator;
  }
}

/** From an address to the number of its range; 0 is `other`. */
class OperatorMap {
  readonly #names: readonly string[];
  readonly #maps = [
    { base: flashBase, operators: new Uint16Array((2 << 20) / 2) },
    { base: ramBase, operators: new Uint16Array((264 << 10) / 2) },
  ];

  constructor(ranges: readonly ProfileRange[]) {
    this.#names = ['other', ...ranges.map(({ name }) => name)];
    ranges.forEach(({ start, end }, i) => {
      for (const { base, operators } of this.#maps) {
        const [from, to] = [(start & ~1) - base, end - base].map((offset) => Math.max(0, offset) >> 1);
        operators.fill(i + 1, from, to);
      }
    });
  }

  at(pc: number): number {
    for (const { base, operators } of this.#maps) {
      const i = (pc - base) >> 1;
      if (i >= 0 && i < operators.length) return operators[i]!;
    }
    return 0;
  }

  /** What was counted, by name; names that occur twice are one, those without an instruction are left out. */
  named(countOf: (i: number) => CycleCounts): Record<string, CycleCounts> {
    const counts: Record<string, CycleCounts> = {};
    this.#names.forEach((name, i) => {
      const { instructions, cycles, flashLines } = countOf(i);
      if (instructions === 0 && cycles === 0) return;
      const sum = (counts[name] ??= { instructions: 0, cycles: 0, flashLines: 0 });
      sum.instructions += instructions;
      sum.cycles += cycles;
      sum.flashLines = (sum.flashLines ?? 0) + (flashLines ?? 0);
    });
    return counts;
  }
}
