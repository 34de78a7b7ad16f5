// `ternlet report`: the report of records again, or of several side by side.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../contracts/errors.ts';
import { parseRecord } from '../measure/record.ts';
import type { RunFile } from '../measure/record.ts';
import { renderReport } from '../measure/report.ts';
import { summarize } from '../measure/summarize.ts';
import { summaryJson } from '../measure/summary-json.ts';
import { renderTable } from '../measure/table.ts';
import { stateFolder } from '../toolchain/paths.ts';
import { saveFile } from '../toolchain/save-file.ts';
import type { Verb } from './command.ts';

/** A record is a few hundred kilobytes; a file beyond this is something else. */
const recordBytesMax = 256 * 1024 * 1024;

export const report: Verb = {
  name: 'report',
  declare(command) {
    command
      .argument('<record...>', 'records that ternlet measure wrote')
      .option('--report <file>', 'where to write the HTML report (default: in the state folder)')
      .option('--json', 'print one JSON document')
      .addHelpText('after', '\nExample:\n  ternlet report monday.json tuesday.json --report compared.html');
  },
  async run(paths, options, io) {
    const records = paths.map(readRecord);
    const target = (options['report'] as string | undefined) ?? defaultPlace(records);
    saveFile(target, renderReport(records));
    if (options['json']) {
      const runs = records.map((record, i) =>
        summaryJson(record, summarize(record), { record: paths[i]!, report: target }),
      );
      return io.write(`${JSON.stringify({ report: target, records: runs })}\n`);
    }
    const tables = records.map((record) => renderTable(record, summarize(record)));
    await io.write(`${tables.join('\n\n')}\n`);
    io.log(`report: ${target}`);
  },
};

function readRecord(path: string): RunFile {
  const bytes = readFileSync(path);
  if (bytes.length > recordBytesMax) {
    throw new UserError(`${path} is no Ternlet record: it has ${bytes.length} bytes`);
  }
  return parseRecord(bytes.toString('utf8'), path);
}

/** One name for one set of records: the same report is written over. */
function defaultPlace(records: readonly RunFile[]): string {
  const [first] = records;
  return join(
    stateFolder(),
    'reports',
    `${fileNameOf(first!)}${records.length > 1 ? `-and-${records.length - 1}` : ''}.html`,
  );
}

/** Time, model and board of a record as the name of a file, without an ending. */
export function fileNameOf({ taken, model, board }: RunFile): string {
  const time = taken.slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
  return `${time}-${model.name}-${board.name}`.replace(/[^\w.-]+/g, '_').slice(0, 120);
}
