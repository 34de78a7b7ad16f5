// How a board is brought into its loader: the levels of the lines on the way, and that they are let go whatever happens.
import { assert } from 'chai';
import { loadBoard } from '../../boards/board.ts';
import { DeviceError } from '../../host-tools/contracts/errors.ts';
import { enterLoader } from '../../host-tools/flashers/boot-control.ts';
import type { Port } from '../../host-tools/link/port.ts';

const board = await loadBoard('stm32f405');

/** A board behind a port by the wiring of its README: which program runs, after each level of the lines. */
function wiredPort(failAfter = Infinity): {
  port: Port;
  runs: () => 'loader' | 'firmware';
  levels: string[];
} {
  let program: 'loader' | 'firmware' = 'firmware';
  let [dtr, rts, parity] = [false, false, 'none'];
  const levels: string[] = [];
  const set = (nextDtr: boolean, nextRts: boolean): void => {
    // NRST is low while DTR is set; BOOT0 is read when it rises.
    if (dtr && !nextDtr) program = nextRts ? 'loader' : 'firmware';
    [dtr, rts] = [nextDtr, nextRts];
    levels.push(`${rts ? 'BOOT0 high' : 'BOOT0 low'}${dtr ? ', in reset' : ''}`);
  };
  const port: Port = {
    path: 'memory',
    write: async () => undefined,
    subscribe: () => () => undefined,
    async configure(line) {
      if (line.parity !== undefined && line.parity !== parity) {
        parity = line.parity;
        set(true, true); // Linux sets both lines at each open.
        set(true, false);
        set(false, false);
      }
      if (line.dtr === undefined && line.rts === undefined) return;
      set(line.dtr ?? dtr, line.rts ?? rts);
      if (levels.length === failAfter) throw new DeviceError('the adapter is gone');
    },
    close: async () => undefined,
  };
  return { port, runs: () => program, levels };
}

const nobody = new DeviceError('no boot loader answers');

describe('enterLoader', () => {
  it('resets with BOOT0 high by RTS and DTR, and lets both go', async () => {
    const { port, runs, levels } = wiredPort();
    await enterLoader(port, board, {}, async () => {
      await port.configure({ parity: 'even' }); // as a flasher does
      if (runs() === 'firmware') throw nobody;
    }).catch((error: unknown) => assert.fail(String(error)));
    assert.equal(runs(), 'loader');
    assert.deepEqual(levels.slice(-3), ['BOOT0 high, in reset', 'BOOT0 high', 'BOOT0 low']);
  });

  it('lets the lines go when the loader stays silent, and when the adapter fails in the middle', async () => {
    for (const failAfter of [Infinity, 4, 5]) {
      const { port, levels } = wiredPort(failAfter);
      const error = await enterLoader(port, board, {}, () => Promise.reject(nobody)).catch((e: unknown) => e);
      assert.instanceOf(error, DeviceError);
      assert.equal(levels.at(-1), 'BOOT0 low');
    }
  });

  it('leaves BOOT0 of an emulated board low, also when its reset fails', async () => {
    for (const fails of [false, true]) {
      const done: string[] = [];
      const pins = {
        boot0: async (level: boolean) => void done.push(level ? 'high' : 'low'),
        reset: async () => {
          done.push('reset');
          if (fails) throw new DeviceError('the disk is full');
        },
      };
      await enterLoader(wiredPort().port, board, { pins }, async () => undefined).catch(() => undefined);
      assert.deepEqual(done, ['high', 'reset', 'low']);
    }
  });

  it('asks the firmware before it touches a line', async () => {
    const { port, levels } = wiredPort();
    let asked = false;
    const askFirmware = async (): Promise<boolean> => (asked = true);
    await enterLoader(port, board, { askFirmware }, async () => undefined);
    assert.isTrue(asked);
    assert.isEmpty(levels);
  });

  it('waits for a person no longer than its signal lets it', async () => {
    const abort = new AbortController();
    const said: string[] = [];
    const askPerson = (what: string): void => {
      said.push(what);
      setImmediate(() => abort.abort(new Error('Ctrl-C')));
    };
    let tries = 0;
    const open = (): Promise<void> => (++tries < 3 ? Promise.reject(nobody) : new Promise(() => undefined)); // The third takes for ever.
    const entering = enterLoader(wiredPort().port, board, { askPerson, signal: abort.signal }, open);
    const error = (await entering.catch((e: unknown) => e)) as Error;
    assert.equal(error.message, 'Ctrl-C');
    assert.match(said.join(), /set BOOT0 of .* high and press reset/);
  });
});
