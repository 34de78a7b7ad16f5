// `ternlet doctor`: what this machine lacks, what for, and how to get it.
import { probe } from '../toolchain/probe.ts';
import { externalPrograms, type ExternalProgram } from '../toolchain/programs.ts';
import type { Verb } from './command.ts';

type Finding = ExternalProgram & Awaited<ReturnType<typeof probe>>;

export const doctor: Verb = {
  name: 'doctor',
  declare(command) {
    command.option('--json', 'print one JSON document').addHelpText('after', '\nExample:\n  ternlet doctor');
  },
  async run(_args, options, io) {
    const findings = await Promise.all(
      externalPrograms().map(async (entry): Promise<Finding> => ({ ...entry, ...(await probe(entry)) })),
    );
    const missing = findings.filter((finding) => !finding.found);
    if (options['json'])
      await io.write(`${JSON.stringify({ node: process.versions.node, programs: findings.map(toJson) })}\n`);
    else await io.write(table(findings));
    for (const line of advice(missing)) io.log(line);
  },
};

const nameOf = (entry: ExternalProgram): string => entry.program ?? entry.file ?? entry.package;

function toJson(finding: Finding): object {
  const { found, version, purpose, board, use } = finding;
  return {
    name: nameOf(finding),
    found,
    version: version ?? null,
    purpose,
    use,
    board: board ?? null,
    package: finding.package,
  };
}

function table(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map((finding) => nameOf(finding).length));
  const lines = findings.map((finding) => {
    const state = finding.found ? (finding.version ?? 'found') : 'missing';
    return `${nameOf(finding).padEnd(width)}  ${state.padEnd(8)}  ${finding.purpose}`;
  });
  return `${`node`.padEnd(width)}  ${process.versions.node.padEnd(8)}  runs Ternlet\n${lines.join('\n')}\n`;
}

/** What to do about what is missing, first for boards, then for tests. */
function advice(missing: readonly Finding[]): string[] {
  const install = (list: readonly Finding[]): string =>
    `apt-get install --no-install-recommends ${[...new Set(list.map((finding) => finding.package))].join(' ')}`;
  const lines: string[] = [];
  for (const board of new Set(missing.map((finding) => finding.board ?? ''))) {
    const list = missing.filter((finding) => (finding.board ?? '') === board);
    lines.push(`${board === '' ? 'Tests need' : `Board ${board} needs`}: ${install(list)}`);
  }
  if (missing.some((finding) => finding.board))
    lines.push('Board host needs none of these: add --board host to any command.');
  return lines;
}
