// The external programs that Ternlet uses, as scripts/programs.json lists them for set-up and for people.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from './paths.ts';

/** One row of programs.json: a program on PATH, or a file that must be there. */
export interface ExternalProgram {
  program?: string;
  file?: string;
  /** The package that brings it on Debian and Ubuntu. */
  package: string;
  /** Other programs that come with the package, or do not work without it. */
  serves?: string[];
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

/** The packages that bring a program and what it needs; its own name where the table does not know it. */
export function packagesOf(program: string): string[] {
  const rows = externalPrograms().filter((row) => row.program === program || row.serves?.includes(program));
  return rows.length === 0 ? [program] : rows.map((row) => row.package);
}
