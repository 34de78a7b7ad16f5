// The clang of npm (@yowasp/clang), which makes WebAssembly only. It sees a copy of the sources, not the file system.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../contracts/errors.ts';

type Tree = { [name: string]: Tree | string | Uint8Array };

/** Puts a file into a tree of folders. */
function plant(tree: Tree, path: string, bytes: Uint8Array): void {
  const parts = path.split('/');
  let folder = tree;
  for (const part of parts.slice(0, -1)) folder = (folder[part] ??= {}) as Tree;
  folder[parts.at(-1)!] = bytes;
}

/**
 * Runs clang on `inputs`, relative to `root`; the argument after `-o` names the result, which is written to `result`.
 * Throws a UserError with what clang said when it refuses.
 */
export async function runWasmClang(
  root: string,
  inputs: readonly string[],
  args: readonly string[],
  result: string,
): Promise<void> {
  const { runClang, Exit } = await loadClang();
  const tree: Tree = {};
  for (const path of inputs) plant(tree, path, readFileSync(join(root, path)));
  const inside = args.map((arg, i) => (args[i - 1] === '-o' ? 'device.wasm' : arg));
  const said: Uint8Array[] = [];
  const hear = (bytes: Uint8Array | null): void => void (bytes && said.push(bytes.slice()));
  try {
    const made = (await runClang(inside, tree, {
      stdout: hear,
      stderr: hear,
      decodeASCII: false,
    })) as Tree;
    writeFileSync(result, made['device.wasm'] as Uint8Array);
  } catch (error) {
    if (!(error instanceof Exit)) throw error;
    throw new UserError(`clang for WebAssembly failed: ${Buffer.concat(said).toString('utf8').trim()}`);
  }
}

async function loadClang(): Promise<{
  runClang: (args: string[], files: Tree, options: object) => unknown;
  Exit: new (...args: never[]) => Error;
}> {
  try {
    const module = await import('@yowasp/clang');
    // Loads its 105 MB now, since on first use it would print its progress to standard output.
    await module.runLLVM(undefined, {}, { fetchProgress: () => undefined });
    return { runClang: module.commands.clang, Exit: module.Exit };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new UserError(
      '@yowasp/clang is not installed',
      'run npm ci in a checkout; a released package brings the built device',
    );
  }
}
