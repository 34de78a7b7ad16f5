// The control socket of an emulated board answers every line, and what is no request in one sentence.
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { assert } from 'chai';
import { serveControl } from '../../host-tools/emulators/control.ts';
import type { Controlled, ControlServer } from '../../host-tools/emulators/control.ts';
import { temporaryFolder } from '../support/temporary.ts';

/** A board that can nothing but be there; what it was asked to do is in `done`. */
function fakeBoard(done: string[], more: Partial<Controlled> = {}): Controlled {
  const note = (what: string) => async (): Promise<void> => void done.push(what);
  const status = { board: 'fake', port: '', state: 'off', boot0: false, counted: false, notes: [] } as const;
  return {
    status: () => ({ ...status, notes: [] }),
    reset: note('reset'),
    setBoot0: note('boot0'),
    setPower: note('power'),
    subscribe: () => () => undefined,
    ...more,
  };
}

describe('serveControl', () => {
  const folder = temporaryFolder();
  const done: string[] = [];
  let server: ControlServer | undefined;

  afterEach(async () => {
    done.splice(0);
    await server?.close();
  });

  /** What a board says to each of some lines. */
  async function answers(lines: readonly string[], board: Controlled): Promise<(string | true)[]> {
    const path = join(folder, 'control.sock');
    server = await serveControl(path, board);
    const socket = connect(path);
    socket.write(lines.map((line) => `${line}\n`).join(''));
    const said: (string | true)[] = [];
    for await (const line of createInterface({ input: socket })) {
      const reply = JSON.parse(line) as { ok: boolean; error?: string };
      said.push(reply.ok || reply.error!);
      if (said.length === lines.length) break;
    }
    socket.destroy();
    return said;
  }

  it('refuses what is no request, and goes on', async () => {
    const lines = ['{"do"', '', 'null', '"reset"', '{"do":"fly"}', 'x'.repeat(999), '{"do":"reset"}'];
    const [cut, empty, nothing, text, unknown, long, last] = await answers(lines, fakeBoard(done));
    assert.equal(cut, 'a request is one line of JSON, as {"do": "status"}; got "{\\"do\\""');
    assert.equal(empty, 'a request is one line of JSON, as {"do": "status"}; got ""');
    for (const refused of [nothing, text, unknown])
      assert.match(String(refused), /^a request is one of reset, /);
    assert.match(String(long), /got "x{99}…$/);
    assert.isTrue(last);
    assert.deepEqual(done, ['reset']);
  });

  it('refuses a profile and bytes where a board takes none', async () => {
    const lines = ['{"do":"profile","ranges":[]}', '{"do":"write","address":0,"hex":""}'];
    assert.deepEqual(await answers(lines, fakeBoard(done)), [
      'fake does not count by ranges of code',
      'fake is not written through its control socket',
    ]);
  });

  it('hands on no bytes of odd digits and no address below 0 or beyond 32 bits', async () => {
    const write = async (_: number, bytes: Uint8Array): Promise<void> =>
      void done.push(`${bytes.length} bytes`);
    const ask = (address: unknown, hex: unknown): string => JSON.stringify({ do: 'write', address, hex });
    const lines = [ask(0, 'abc'), ask(0, 'xy'), ask(-1, '00'), ask(0.5, '00'), ask(2 ** 32, '00')];
    const full = ask(0, '5A'.repeat(200_000));
    const said = await answers([...lines, full], fakeBoard(done, { write }));
    for (const refused of said.slice(0, 2))
      assert.match(String(refused), /is two hexadecimal digits a byte; got/);
    for (const refused of said.slice(2, 5))
      assert.match(String(refused), /is a whole number of 32 bits; got/);
    assert.isTrue(said[5]);
    assert.deepEqual(done, ['200000 bytes']);
  });
});
