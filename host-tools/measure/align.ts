// Which samples belong to which step: by the edges of the token pin, or by device time. A run that does not fit is refused.
import { markerBits } from '../contracts/markers.ts';
import type { PowerSample } from '../meters/meter.ts';

/** The time of a step, or of the part of it that one token is given, on the meter's clock, in microseconds. */
export interface TokenWindow {
  startUs: number;
  endUs: number;
}

export type Alignment = { windows: TokenWindow[] } | { refused: string };

/** The times at which a marker pin changes, between one sample and the next. */
function edges(samples: readonly PowerSample[], bit: number): number[] {
  return samples
    .filter(({ markers }, i) => i > 0 && ((markers ^ samples[i - 1]!.markers) & bit) !== 0)
    .map(({ timeUs }) => timeUs);
}

/**
 * By marker pins: the window pin rises when the first token goes in and the token pin toggles when a step is done, so step i
 * lies between edge i - 1 and edge i. As many toggles as steps, all inside the window, or the run is refused.
 */
export function alignByMarkers(samples: readonly PowerSample[], nSteps: number): Alignment {
  if (samples.some(({ markers }) => markers < 0)) return { refused: 'the meter has no marker inputs' };
  const frame = edges(samples, markerBits.window);
  if (frame.length !== 2) {
    return { refused: `the window pin has ${frame.length} edges where a run has 2` };
  }
  const [startUs, endUs] = frame as [number, number];
  const done = edges(samples, markerBits.token);
  if (done.length !== nSteps) {
    return { refused: `the token pin has ${done.length} edges for ${nSteps} steps` };
  }
  if (done.some((timeUs) => timeUs < startUs || timeUs > endUs)) {
    return { refused: 'the token pin has an edge outside the window' };
  }
  return { windows: done.map((timeUs, i) => ({ startUs: done[i - 1] ?? startUs, endUs: timeUs })) };
}

/**
 * By device time: token events carry the device's clock and how long the step took, and `offsetUs` is what that clock showed
 * when the meter's showed zero. Windows that the samples do not cover refuse the run.
 */
export function alignByDeviceTime(
  samples: readonly PowerSample[],
  steps: readonly { deviceTimeUs: number; stepUs: number }[],
  offsetUs: number,
): Alignment {
  const windows = steps.map(({ deviceTimeUs, stepUs }) => ({
    startUs: deviceTimeUs - stepUs - offsetUs,
    endUs: deviceTimeUs - offsetUs,
  }));
  const overlapping = windows.findIndex(({ startUs }, i) => startUs < (windows[i - 1]?.endUs ?? startUs));
  if (overlapping >= 0) return { refused: `step ${overlapping} begins before the one ahead of it is done` };
  const [first, last] = [samples[0], samples.at(-1)];
  if (windows.length === 0) return { windows };
  if (first === undefined || first.timeUs > windows[0]!.startUs || last!.timeUs < windows.at(-1)!.endUs) {
    return { refused: 'the samples do not cover the steps' };
  }
  return { windows };
}
