// The host's C compiler, for the one file that QEMU loads to count instructions. Built once for each source and QEMU interface.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
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
  const source = join(packageRoot(), 'host-tools', 'emulators', 'count-plugin.c');
  const args = [...flags, `-DQEMU_PLUGIN_API=${api}`];
  const hash = createHash('sha256')
    .update(readFileSync(source))
    .update(args.join(' '))
    .digest('hex')
    .slice(0, 16);
  const folder = join(stateFolder(), 'tools');
  const path = join(folder, `count-plugin-${process.arch}-${hash}.so`);
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  // Another process may build it at the same time: each writes its own file, and the last rename wins with equal bytes.
  const own = `${path}.${process.pid}`;
  await run('cc', [...args, source, '-o', own], { limitMs });
  renameSync(own, path);
  return path;
}
