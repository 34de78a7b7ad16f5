// Runs `ternlet` from source as a person would: an own process, its output and its exit code.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { ChildProcess } from 'node:child_process';
import { until } from './until.ts';

/** It has hung after so long, on a machine that is busy with other things, and is killed. It may compile the host device first. */
export const cliLimitMs = 240_000;

/** For the tests of a `describe` that run it: longer than all of its runs of one test may take, so that it tells itself what hung. */
export const cliTestMs = 10 * cliLimitMs;

export interface CliOptions {
  cwd?: string;
  /** Added to the environment of this process. */
  env?: NodeJS.ProcessEnv;
  /** All of its standard input; nothing when left out; `open` leaves it to the test. */
  input?: string | Uint8Array | { open: true };
  /** A file descriptor that takes its standard output instead of the test. */
  stdout?: number;
  /** Words that go before the program: a shell that limits it, for instance. */
  within?: readonly [string, ...string[]];
}

export interface CliResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A `ternlet` that runs. */
export interface RunningCli {
  readonly child: ChildProcess;
  readonly ended: Promise<CliResult>;
  /** What it has written so far. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Waits for a text on standard output; fails when it ends without. */
  readonly prints: (text: string) => Promise<void>;
  /** The same on standard error. */
  readonly logs: (text: string) => Promise<void>;
}

const root = join(import.meta.dirname, '..', '..');

/** How to start it: program and arguments that go before the verb. */
export const cliCommand: readonly [string, ...string[]] = [
  process.execPath,
  '--import',
  import.meta.resolve('tsx'),
  join(root, 'host-tools', 'cli.ts'),
];

export function startCli(args: readonly string[], options: CliOptions = {}): RunningCli {
  const [program, ...before] = [...(options.within ?? []), ...cliCommand] as [string, ...string[]];
  const env = { ...process.env, NO_COLOR: '1', ...options.env };
  const child = spawn(program, [...before, ...args], {
    cwd: options.cwd ?? root,
    env,
    stdio: ['pipe', options.stdout ?? 'pipe', 'pipe'],
  });
  const result: CliResult = { code: null, stdout: '', stderr: '' };
  const timer = setTimeout(() => child.kill('SIGKILL'), cliLimitMs);
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (result.stdout += text));
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (result.stderr += text));
  child.stdin!.on('error', () => undefined); // it may end without reading
  const { input = '' } = options;
  if (typeof input === 'string' || input instanceof Uint8Array) child.stdin!.end(input);
  let isOver = false;
  const ended = new Promise<CliResult>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      isOver = true;
      resolve({ ...result, code });
    });
  });
  const sees = async (stream: 'stdout' | 'stderr', text: string): Promise<void> => {
    const seen = (): string => `${JSON.stringify(text)} on ${stream} in ${JSON.stringify(result)}`;
    await until(() => isOver || result[stream].includes(text), seen, cliLimitMs);
    if (!result[stream].includes(text)) throw new Error(`it ended without ${seen()}`);
  };
  return {
    child,
    ended,
    stdout: () => result.stdout,
    stderr: () => result.stderr,
    prints: (text) => sees('stdout', text),
    logs: (text) => sees('stderr', text),
  };
}

/** Runs it to its end. */
export function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return startCli(args, options).ended;
}
