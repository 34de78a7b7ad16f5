// The two ways in which a command ends badly on purpose, and the exit codes. Anything else thrown is a bug (70).

/** Exit codes of every verb; a bug keeps its stack and exits 70, Ctrl-C exits 130. */
export const exitCodes = { done: 0, user: 1, usage: 2, device: 3, bug: 70, interrupted: 130 } as const;

/** A user's mistake: what was refused, what was found, what is allowed; the hint says what to do. */
export class UserError extends Error {
  readonly exitCode: number = exitCodes.user;
  readonly hint: string | undefined;
  constructor(message: string, hint?: string) {
    super(message);
    this.name = 'UserError';
    this.hint = hint;
  }
}

/** A device, a link or an instrument that does not do what it should: not there, silent, gone, or refusing. */
export class DeviceError extends UserError {
  override readonly exitCode: number = exitCodes.device;
  constructor(message: string, hint?: string) {
    super(message, hint);
    this.name = 'DeviceError';
  }
}
