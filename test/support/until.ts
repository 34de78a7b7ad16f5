// Waiting in tests: for what is seen from outside only, and never for ever.

const everyMs = 5;

/** What has not happened after so long on a machine that is busy with other things has hung. */
export const hangMs = 60_000;

/**
 * Waits until something holds; fails with what was waited for when it does not. The limit counts what this process has waited,
 * not what the clock says: where it stood still itself, what it waits for may lie there unread.
 */
export async function until(
  holds: () => boolean,
  what: string | (() => string) = 'it',
  limitMs = hangMs,
): Promise<void> {
  for (let waitedMs = 0; !holds(); waitedMs += everyMs) {
    if (waitedMs >= limitMs)
      throw new Error(`${typeof what === 'string' ? what : what()}: not within ${limitMs} ms`);
    await pause(everyMs);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
