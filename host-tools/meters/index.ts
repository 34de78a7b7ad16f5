// The meters that there are, by name.
export { emulatedMeter } from './emulated.ts';

/** Names that `measure --meter` takes. `none` takes times without joules. */
export const meterNames = ['emulated', 'none'] as const;
