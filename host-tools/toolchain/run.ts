// Runs external programs: finds them, limits their time, ends their whole process tree, and says how to get a missing one.
import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { DeviceError, UserError } from '../contracts/errors.ts';
import { packagesOf } from './programs.ts';

/** What ends the programs that still run. One listener for all, since each of many compilers runs beside the others. */
const endings = new Set<() => void>();
process.on('exit', () => endings.forEach((end) => end()));

/** Calls `end` should this process exit first; returns a function that calls it off. */
export function endWithProcess(end: () => void): () => void {
  endings.add(end);
  return () => void endings.delete(end);
}

/** What an abort ends, by signal: one listener each, for the same reason. */
const abortions = new WeakMap<AbortSignal, Set<() => void>>();

function onAbort(signal: AbortSignal | undefined, end: () => void): () => void {
  if (!signal) return () => undefined;
  let ends = abortions.get(signal);
  if (!ends) {
    const all = (ends = new Set());
    abortions.set(signal, all);
    signal.addEventListener('abort', () => all.forEach((each) => each()), { once: true });
  }
  ends.add(end);
  return () => void ends.delete(end);
}

export interface RunOptions {
  cwd?: string;
  /** Added to the environment of this process. */
  env?: Readonly<Record<string, string>>;
  /** Bytes for its standard input; nothing when left out. */
  input?: Uint8Array | string;
  /** Time that the program may take, in milliseconds; 120 s when left out. */
  limitMs?: number;
  /** Ends the program when aborted. */
  signal?: AbortSignal;
  /** Return a failing exit code to the caller instead of throwing. */
  allowFailure?: boolean;
}

export interface RunResult {
  stdout: string;
  stderr: string;
  /** The exit code; 128 when a signal ended the program. */
  code: number;
}

/** The absolute path of a program on PATH, or undefined. */
export function findProgram(name: string): string | undefined {
  if (name.includes('/')) return isExecutable(name) ? name : undefined;
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** What to do about a missing program, as a hint. */
export function howToGet(name: string): string {
  return `get it by: apt-get install --no-install-recommends ${packagesOf(name).join(' ')}`;
}

/** The absolute path of a program. Throws a UserError with the way to get it when it is missing. */
export function requireProgram(name: string): string {
  const path = findProgram(name);
  if (path === undefined) throw new UserError(`${name} is missing on this machine`, howToGet(name));
  return path;
}

/**
 * Runs a program to its end and returns what it wrote.
 * Throws a UserError when it is missing, fails or is aborted, and a DeviceError when it passes its time limit.
 */
export async function run(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  const path = requireProgram(program);
  if (options.signal?.aborted === true) throw new UserError(`${program} was stopped`);
  const limitMs = options.limitMs ?? 120_000;
  // An own process group, so that what the program starts ends with it.
  const child = spawn(path, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  const endTree = (): void => killGroup(child.pid);
  const seen = { late: false, aborted: false };
  const timer = setTimeout(() => {
    seen.late = true;
    endTree();
  }, limitMs);
  const callOff = [
    onAbort(options.signal, () => {
      seen.aborted = true;
      endTree();
    }),
    endWithProcess(endTree),
  ];
  const chunks: { stdout: Buffer[]; stderr: Buffer[] } = { stdout: [], stderr: [] };
  child.stdout.on('data', (bytes: Buffer) => chunks.stdout.push(bytes));
  child.stderr.on('data', (bytes: Buffer) => chunks.stderr.push(bytes));
  child.stdin.on('error', () => undefined); // It may end before it has read all of its input.
  child.stdin.end(options.input);
  try {
    const code = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (exitCode) => resolve(exitCode ?? 128));
    });
    const result = {
      stdout: Buffer.concat(chunks.stdout).toString('utf8'),
      stderr: Buffer.concat(chunks.stderr).toString('utf8'),
      code,
    };
    if (seen.late) throw new DeviceError(`${program} did not end within ${limitMs / 1000} s and was stopped`);
    if (seen.aborted) throw new UserError(`${program} was stopped`);
    if (code !== 0 && options.allowFailure !== true) throw new UserError(failure(program, result));
    return result;
  } finally {
    clearTimeout(timer);
    callOff.forEach((end) => end());
  }
}

function failure(program: string, result: RunResult): string {
  const said = (result.stderr.trim() || result.stdout.trim()).split('\n').slice(0, 20).join('\n');
  return `${program} failed with exit code ${result.code}${said === '' ? '' : `: ${said}`}`;
}

/** Kills a process and all of its group; nothing when it is gone. */
export function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  for (const target of [-pid, pid]) {
    try {
      process.kill(target, 'SIGKILL');
    } catch {
      // Gone already, which is what was wanted.
    }
  }
}
