// Where the package lies, and where it keeps what must outlive a command.
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/** The folder that holds package.json: a checkout or an installed package, whether this runs from source or from dist. */
export function packageRoot(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error(`no package.json above ${import.meta.dirname}`);
    folder = parent;
  }
  return folder;
}

/** The user's folder for emulated flash, built firmware and records. It may not exist yet. */
export function stateFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const { TERNLET_STATE: own, XDG_STATE_HOME: shared } = environment;
  if (own) return resolve(own);
  // The XDG base directory specification: a relative path there is to be ignored.
  return shared?.startsWith('/') ? join(shared, 'ternlet') : join(homedir(), '.local', 'state', 'ternlet');
}
