// The marker pins of a board that frame what is measured (DESIGN.md §4), as bits of a sample. Twin: tlm_hal_marker() in firmware/hal/hal.h.

export const markerBits = {
  /** High from the first to the last token. */
  window: 1,
  /** Low while the prompt is read, high while tokens are written. */
  phase: 2,
  /** Toggles when a token is finished: a toggle survives slow sampling, a pulse may not. */
  token: 4,
} as const;
