// Runs `ternlet` from source as a person would: an own process, its output and its exit code.
import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface CliOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  input?: string | Uint8Array;
  limitMs?: number;
}

export interface CliResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

const root = join(import.meta.dirname, '..', '..');

/** How to start it: program and arguments that go before the verb. */
export const cliCommand: readonly [string, ...string[]] = [
  process.execPath,
  '--import',
  import.meta.resolve('tsx'),
  join(root, 'host-tools', 'cli.ts'),
];

/** An own state folder, so that no test meets what another left. */
export function freshState(): NodeJS.ProcessEnv {
  return { TERNLET_STATE: mkdtempSync(join(tmpdir(), 'ternlet-')) };
}

export function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const [program, ...before] = cliCommand;
  const env = { ...process.env, NO_COLOR: '1', ...options.env };
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...before, ...args], { cwd: options.cwd ?? root, env });
    const result: CliResult = { code: null, stdout: '', stderr: '' };
    const timer = setTimeout(() => child.kill('SIGKILL'), options.limitMs ?? 30_000);
    child.stdout.setEncoding('utf8').on('data', (text: string) => (result.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (result.stderr += text));
    child.stdin.on('error', () => undefined); // it may end without reading
    child.stdin.end(options.input ?? '');
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ ...result, code });
    });
  });
}
