// What every engine is to its users: tokens in, logits out, a state in between. Float, interpreter, WebAssembly, native and boards share it.

/** Engines in this process answer at once; those behind a process or a port later. */
export type Eventually<T> = T | Promise<T>;

export interface Engine {
  /** Which one it is, as `--engine` names it. */
  readonly name: string;
  readonly vocabSize: number;
  /** Sets the state to zero. */
  reset(): Eventually<void>;
  /** Reads one token without working out logits: all of a prompt but its last token. */
  feed(token: number): Eventually<void>;
  /**
   * Reads one token and gives the logits of the next, [vocabSize]: integers × their scale where the engine is integer.
   * The array is the engine's own and holds until the next call.
   */
  step(token: number): Eventually<Float64Array>;
  /** Ends what the engine holds: a process, a port. It is not used again. */
  close(): Eventually<void>;
}
