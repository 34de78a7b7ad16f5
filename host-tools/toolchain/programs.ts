// The external programs that Ternlet uses, as scripts/programs.json lists them for set-up and for people.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from './paths.ts';
import { findProgram, run } from './run.ts';

/** One row of programs.json: a program on PATH, or a file that must be there. */
export interface ExternalProgram {
  program?: string;
  file?: string;
  /** The package that brings it on Debian and Ubuntu. */
  package: string;
  download_mb: number;
  disk_mb: number;
  /** Whether using Ternlet needs it or only its tests. */
  use: 'start' | 'test';
  /** The board that cannot be built or emulated without it. */
  board?: string;
  purpose: string;
  /** Arguments that make it print its version; left out where it has none. */
  version_args?: string[];
}

export function externalPrograms(): ExternalProgram[] {
  return JSON.parse(
    readFileSync(join(packageRoot(), 'scripts', 'programs.json'), 'utf8'),
  ) as ExternalProgram[];
}

/** Whether it is on this machine, and the first line that it says of its version. */
export async function probe(entry: ExternalProgram): Promise<{ found: boolean; version?: string }> {
  if (entry.program === undefined) return { found: existsSync(entry.file ?? '') };
  if (findProgram(entry.program) === undefined) return { found: false };
  if (!entry.version_args) return { found: true };
  const { stdout } = await run(entry.program, entry.version_args, { limitMs: 10_000, allowFailure: true });
  const version = stdout.match(/\d+\.\d+\.\d+/)?.[0];
  return version === undefined ? { found: true } : { found: true, version };
}
