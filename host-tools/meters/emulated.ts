// The meter of an emulated board: the currents of the board's power model, for as long as the counted instructions take.
import type { PowerModel } from '../../boards/board.ts';
import { markerBits } from '../contracts/markers.ts';
import type { Range } from '../measure/figure.ts';
import type { Meter, PowerSample } from './meter.ts';

/** Idle time that is drawn before the first and after the last token, in microseconds. */
const idleUs = 2000;

export interface EmulatedMeterParts<Counts> {
  power: PowerModel;
  clockHz: number;
  /** Cycles of one token's work. Time on this meter runs with the middle of the range. */
  cyclesOf(counts: Counts): Range;
  /** Calls back once for each token that the board counted; returns a function that ends it. */
  subscribe(listener: (counts: Counts) => void): () => void;
}

function ampsOf({ typical, maximum }: { typical: number; maximum: number }): Range {
  return { low: typical / 1000, high: maximum / 1000 };
}

/**
 * Token after token without a gap: what is counted is the work from token in to logits ready, so the UART and the waiting
 * between tokens are outside, as with a meter whose window pin is low meanwhile. The phase pin is not driven.
 */
export function emulatedMeter<Counts>(parts: EmulatedMeterParts<Counts>): Meter {
  const { supplyVolts: volts, runMilliamps, sleepMilliamps, source } = parts.power;
  let unsubscribe = (): void => undefined;
  let listener: (samples: readonly PowerSample[]) => void = () => undefined;
  let timeUs = 0;
  let token = 0;
  let received = 0;
  const send = (amps: Range, markers: number): void => {
    received++;
    listener([{ timeUs, volts, amps, markers }]);
  };
  return {
    async identify() {
      return {
        name: 'emulated',
        detail: source,
        evidence: 'estimated',
        error: 'none beyond the range of the model',
      };
    },
    async start(receive) {
      [listener, timeUs, token, received] = [receive, 0, 0, 0];
      send(ampsOf(sleepMilliamps), 0);
      timeUs += idleUs;
      let begun = false;
      unsubscribe = parts.subscribe((counts) => {
        if (!begun) send(ampsOf(runMilliamps), markerBits.window);
        begun = true;
        const { low, high } = parts.cyclesOf(counts);
        timeUs += ((low + high) / 2 / parts.clockHz) * 1e6;
        token ^= markerBits.token;
        send(ampsOf(runMilliamps), markerBits.window | token);
      });
    },
    async stop() {
      unsubscribe();
      send(ampsOf(sleepMilliamps), token);
      timeUs += idleUs;
      send(ampsOf(sleepMilliamps), token);
      listener = () => undefined;
      return { received, lost: 0, saturated: 0 };
    },
    async close() {
      unsubscribe();
    },
  };
}
