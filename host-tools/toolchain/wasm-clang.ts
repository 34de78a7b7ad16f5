// The clang of npm (@yowasp/clang), which makes WebAssembly only. It runs in a process of its own: see scripts/wasm-clang.mjs.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../contracts/errors.ts';
import { run } from './run.ts';

/** It is translated from WebAssembly itself first, and takes half a minute on a fast machine. */
const limitMs = 600_000;

/** Its version. Throws a UserError where it is not installed. */
export function wasmClangVersion(root: string): string {
  const path = join(root, 'node_modules', '@yowasp', 'clang', 'package.json');
  if (!existsSync(path)) {
    throw new UserError(
      '@yowasp/clang is not installed',
      'run npm ci in a checkout; a released package brings the built device',
    );
  }
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}

/**
 * Runs clang on `inputs`, relative to `root`; the argument after `-o` names the result, which is written to `result`.
 * Throws a UserError with what clang said when it refuses, when it is not installed and when it is aborted.
 */
export async function runWasmClang(
  root: string,
  inputs: readonly string[],
  args: readonly string[],
  result: string,
  signal?: AbortSignal,
): Promise<void> {
  wasmClangVersion(root);
  const inside = args.map((arg, i) => (args[i - 1] === '-o' ? 'device.wasm' : arg));
  const { code, stderr } = await run(process.execPath, [join(root, 'scripts', 'wasm-clang.mjs')], {
    ...{ cwd: root, input: JSON.stringify({ inputs, args: inside, result }), limitMs, allowFailure: true },
    ...(signal && { signal }),
  });
  if (code !== 0) throw new UserError(`clang for WebAssembly failed: ${stderr.trim()}`);
}
