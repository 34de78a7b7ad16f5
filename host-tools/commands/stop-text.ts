// Ends a text where one of some strings begins: bytes that may be its start are held back until it is certain.

export interface StopText {
  /** Takes more bytes; gives those that can be shown, and whether a string was found. */
  take(bytes: Uint8Array): { text: Uint8Array; found: boolean };
  /** What is held back, at the end. */
  rest(): Uint8Array;
}

/** Looks for the strings, of which none is empty. Text from the first that is found on is dropped. */
export function createStopText(strings: readonly string[]): StopText {
  const wanted = strings.map((text) => Buffer.from(text, 'utf8'));
  const longest = Math.max(0, ...wanted.map((one) => one.length - 1));
  let held: Buffer = Buffer.alloc(0);
  return {
    take(bytes) {
      held = Buffer.concat([held, bytes]);
      const places = wanted.map((one) => held.indexOf(one)).filter((at) => at >= 0);
      const found = places.length > 0;
      const end = found ? Math.min(...places) : Math.max(0, held.length - heldBack(held, wanted, longest));
      const text = Uint8Array.from(held.subarray(0, end));
      held = found ? Buffer.alloc(0) : held.subarray(end);
      return { text, found };
    },
    rest: () => Uint8Array.from(held),
  };
}

/** How many bytes at the end may be the start of a wanted string. */
function heldBack(text: Buffer, wanted: readonly Buffer[], longest: number): number {
  for (let length = Math.min(longest, text.length); length > 0; length -= 1) {
    const tail = text.subarray(text.length - length);
    if (wanted.some((one) => one.length > length && one.subarray(0, length).equals(tail))) return length;
  }
  return 0;
}
