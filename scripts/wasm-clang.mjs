// Runs the clang of npm (@yowasp/clang) in a process of its own, which can be ended while it works. Only
// host-tools/toolchain/wasm-clang.ts starts it: in the root, with {inputs, args, result} as JSON on standard input.
import { readFileSync, writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { Exit, commands, runLLVM } from '@yowasp/clang';

const { inputs, args, result } = JSON.parse(await text(process.stdin));

/** Clang sees a copy of the sources, not the file system. */
const tree = {};
for (const path of inputs) {
  const parts = path.split('/');
  const folder = parts.slice(0, -1).reduce((parent, name) => (parent[name] ??= {}), tree);
  folder[parts.at(-1)] = readFileSync(path);
}

// Loads its 105 MB now, since on first use it would print its progress to standard output.
await runLLVM(undefined, {}, { fetchProgress: () => undefined });
const hear = (bytes) => bytes && process.stderr.write(bytes);
try {
  const made = await commands.clang(args, tree, { stdout: hear, stderr: hear, decodeASCII: false });
  writeFileSync(result, made[args[args.indexOf('-o') + 1]]);
} catch (error) {
  if (!(error instanceof Exit)) throw error;
  process.exitCode = 1;
}
