// The host's C compiler, for the one library that QEMU loads to count instructions. Built once for each source and QEMU interface.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot, stateFolder } from './paths.ts';
import { run } from './run.ts';

const flags = ['-O2', '-Wall', '-Wextra', '-shared', '-fPIC', '-fvisibility=hidden'];
const limitMs = 60_000;

/**
 * The path of the counting plugin, built when it is not there yet.
 * `api` is QEMU's plugin interface, see count-plugin.c. Throws a UserError when there is no C compiler or it fails.
 */
export async function countPlugin(api: 1 | 2 | 3): Promise<string> {
  const sources = join(packageRoot(), 'host-tools', 'emulators');
  const args = [...flags, `-DQEMU_PLUGIN_API=${api}`];
  const digest = createHash('sha256').update(args.join(' '));
  for (const file of readdirSync(sources).sort())
    if (/^count-.*\.[ch]$/.test(file)) digest.update(readFileSync(join(sources, file)));
  const hash = digest.digest('hex').slice(0, 16);
  const folder = join(stateFolder(), 'tools');
  const path = join(folder, `count-plugin-${process.arch}-${hash}.so`);
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  // Another process may build it at the same time: each writes its own file, and the last rename wins with equal bytes.
  const own = `${path}.${process.pid}`;
  await run('cc', [...args, join(sources, 'count-plugin.c'), '-o', own], { limitMs });
  renameSync(own, path);
  return path;
}
