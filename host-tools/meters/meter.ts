// What a meter is: an instrument that yields samples of current and voltage, with the state of the marker pins beside each.
import type { Evidence, Range } from '../measure/figure.ts';

export interface PowerSample {
  /** On the meter's own clock, in microseconds; the values hold until the next sample. */
  timeUs: number;
  volts: number;
  /** A range where the meter is a model that gives one. */
  amps: number | Range;
  /** Sum of `markerBits` of contracts/markers.ts; -1 where the meter has no logic inputs. */
  markers: number;
}

export interface MeterIdentity {
  name: string;
  /** Serial number, firmware and calibration of an instrument; the source of a model. */
  detail: string;
  evidence: Evidence;
  /** What the meter itself says about its error, such as "±10 % (range 3)"; kept apart from the spread of the tokens. */
  error: string;
}

/** What a meter says about a recording. Anything but zero beside `received` makes the run incomplete. */
export interface MeterIntegrity {
  received: number;
  lost: number;
  saturated: number;
}

export interface Meter {
  identify(): Promise<MeterIdentity>;
  /** Begins to record; samples arrive in order of time. */
  start(listener: (samples: readonly PowerSample[]) => void): Promise<void>;
  /** Ends the recording; no sample arrives afterwards. */
  stop(): Promise<MeterIntegrity>;
  close(): Promise<void>;
}
