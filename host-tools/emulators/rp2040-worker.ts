// The thread in which an emulated RP2040 runs, so that it does not hold up the board's ports.
import { parentPort } from 'node:worker_threads';
import { Machine } from './rp2040-machine.ts';
import type { CountPlan, RunEnd } from './rp2040-machine.ts';
import type { TokenCounts } from './counts.ts';

/** What the board asks of the thread. */
export type Request =
  | { do: 'start'; run: number; flash: Uint8Array; plan: CountPlan | undefined }
  | { do: 'feed'; bytes: Uint8Array }
  | { do: 'stop' };

/** What the thread tells of a run; those of an older run are void. */
export type Report =
  | { run: number; sent: Uint8Array }
  | { run: number; counts: TokenCounts }
  | { run: number; lockedUp: string };

/** Instructions between two looks at what the board asks: a few milliseconds. */
const slice = 30_000;

if (parentPort) serve(parentPort);

function serve(port: NonNullable<typeof parentPort>): void {
  let running: Runner | undefined;
  port.on('message', (request: Request) => {
    if (request.do === 'feed') {
      running?.feed(request.bytes);
      return;
    }
    running?.stop();
    running =
      request.do === 'start'
        ? new Runner(request.run, request.flash, request.plan, (report) => port.postMessage(report))
        : undefined;
  });
}

class Runner {
  readonly #run: number;
  readonly #flash: Uint8Array;
  readonly #plan: CountPlan | undefined;
  readonly #report: (report: Report) => void;
  #machine: Machine;
  #sent: number[] = [];
  #next: NodeJS.Immediate | undefined;
  /** When both cores fell asleep. */
  #asleepSinceMs: number | undefined;

  constructor(run: number, flash: Uint8Array, plan: CountPlan | undefined, report: (report: Report) => void) {
    this.#run = run;
    this.#flash = flash;
    this.#plan = plan;
    this.#report = report;
    this.#machine = this.#start();
    this.#go();
  }

  #start(): Machine {
    const listener = {
      sent: (byte: number) => void this.#sent.push(byte),
      counted: (counts: TokenCounts) => {
        this.#flush(); // Bytes from before the token go first.
        this.#report({ run: this.#run, counts });
      },
    };
    return new Machine(this.#flash, listener, this.#plan);
  }

  feed(bytes: Uint8Array): void {
    if (this.#asleepSinceMs !== undefined) {
      this.#machine.pass((performance.now() - this.#asleepSinceMs) / 1000);
      this.#asleepSinceMs = undefined;
      this.#go();
    }
    this.#machine.feed(bytes);
  }

  stop(): void {
    clearImmediate(this.#next);
  }

  #go(): void {
    this.#next = setImmediate(() => this.#step());
  }

  #step(): void {
    const end: RunEnd = this.#machine.run(slice);
    this.#flush();
    if (end === 'reset') this.#machine = this.#start();
    if (end === 'idle') this.#asleepSinceMs = performance.now();
    else if (end === 'locked up') this.#report({ run: this.#run, lockedUp: this.#machine.lockUp });
    else this.#go();
  }

  #flush(): void {
    if (this.#sent.length === 0) return;
    this.#report({ run: this.#run, sent: Uint8Array.from(this.#sent) });
    this.#sent = [];
  }
}
