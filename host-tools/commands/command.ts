// What a verb is: its command line, and what it may do to the world besides its result.
import type { Command } from 'commander';

/** How a verb speaks. Results go to standard output, everything said to a person to standard error. */
export interface Io {
  /** Writes to standard output; resolves when it may write more. */
  write(text: string | Uint8Array): Promise<void>;
  /** Says one line to a person. */
  log(line: string): void;
  /** Shows how far long work has come, 0 to 1; nothing where standard error is no terminal. */
  progress(label: string, fraction: number): void;
  /** Aborted by Ctrl-C and by a closed standard output. */
  readonly signal: AbortSignal;
}

/** One verb of `ternlet`. */
export interface Verb {
  readonly name: string;
  /** Declares arguments, options and an example in the help. */
  declare(command: Command): void;
  /** Does it; arguments and options as commander gives them. A number is the exit code. */
  run(args: readonly string[], options: Readonly<Record<string, unknown>>, io: Io): Promise<number | void>;
}
