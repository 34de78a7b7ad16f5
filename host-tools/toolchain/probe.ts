// Whether an external program is on this machine, and which version it says it is.
import { existsSync } from 'node:fs';
import type { ExternalProgram } from './programs.ts';
import { findProgram, run } from './run.ts';

export async function probe(entry: ExternalProgram): Promise<{ found: boolean; version?: string }> {
  if (entry.program === undefined) return { found: existsSync(entry.file ?? '') };
  if (findProgram(entry.program) === undefined) return { found: false };
  if (!entry.version_args) return { found: true };
  const { stdout } = await run(entry.program, entry.version_args, { limitMs: 60_000, allowFailure: true });
  const version = stdout.match(/\d+\.\d+\.\d+/)?.[0];
  return version === undefined ? { found: true } : { found: true, version };
}
