// Waiting in tests: for what is seen from outside only, and never for ever.

const everyMs = 5;

/** Waits until something holds; fails after the limit with what was waited for. */
export async function until(
  holds: () => boolean,
  what: string | (() => string) = 'it',
  limitMs = 5_000,
): Promise<void> {
  const end = performance.now() + limitMs;
  while (!holds()) {
    if (performance.now() > end)
      throw new Error(`${typeof what === 'string' ? what : what()}: not within ${limitMs} ms`);
    await pause(everyMs);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
