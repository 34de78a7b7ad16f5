// `ternlet ports`: the serial ports of this machine, and which of them is a board.
import { runningBoards } from '../emulators/registry.ts';
import { listPorts } from '../link/ports.ts';
import type { PortInfo } from '../link/ports.ts';
import type { Verb } from './command.ts';

export const ports: Verb = {
  name: 'ports',
  declare(command) {
    command.option('--json', 'print one JSON document').addHelpText('after', '\nExample:\n  ternlet ports');
  },
  async run(_args, options, io) {
    const found = await listPorts(runningBoards());
    if (options['json'] === true) return io.write(`${JSON.stringify({ ports: found.map(toJson) })}\n`);
    if (found.length === 0) {
      io.log('There is no serial port. ternlet emulate starts an emulated board with one.');
      return;
    }
    const width = Math.max(...found.map(({ path }) => path.length));
    for (const port of found) await io.write(`${port.path.padEnd(width)}  ${explain(port)}\n`);
  },
};

function explain(port: PortInfo): string {
  const ids = port.vendorId === undefined ? [] : [`${port.vendorId}:${port.productId ?? '????'}`];
  const serial = port.serialNumber === undefined ? [] : [`serial number ${port.serialNumber}`];
  const use = {
    board: 'may be a board',
    instrument: 'an instrument, no board',
    emulated: undefined,
    other: undefined,
  };
  return [port.description, ...ids, ...serial, use[port.kind]]
    .filter((part) => part !== undefined)
    .join('; ');
}

function toJson(port: PortInfo): object {
  return {
    path: port.path,
    kind: port.kind,
    board: port.board ?? null,
    description: port.description,
    by_id: port.byId ?? null,
    vendor_id: port.vendorId ?? null,
    product_id: port.productId ?? null,
    serial_number: port.serialNumber ?? null,
  };
}
