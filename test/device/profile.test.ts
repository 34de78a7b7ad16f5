// Counts by ranges of code on the emulated STM32F405, with a firmware whose counts are known.
import { assert } from 'chai';
import { connectControl } from '../../host-tools/emulators/control.ts';
import type { ControlClient, TokenCounts } from '../../host-tools/emulators/control.ts';
import { startBoard } from '../../host-tools/emulators/index.ts';
import type { EmulatedBoard } from '../../host-tools/emulators/index.ts';
import {
  buildBoardFirmware,
  countRounds,
  flashBoardFirmware,
  missingPrograms,
  rounds,
  sumOf,
} from '../support/board-firmware.ts';
import type { BoardFirmware } from '../support/board-firmware.ts';
import { temporaryState } from '../support/temporary.ts';

const name = 'stm32f405';
const missing = missingPrograms('qemu-system-arm', 'arm-none-eabi-gcc', 'cc', 'perl', 'stty');

describe('a profile of the emulated stm32f405', function () {
  this.timeout(600_000);
  temporaryState();
  let firmware: BoardFirmware;
  let board: EmulatedBoard | undefined;
  let control: ControlClient | undefined;

  before(async function () {
    if (missing.length > 0) {
      console.log(`      skipped: this machine lacks ${missing.join(', ')}`);
      return this.skip();
    }
    firmware = await buildBoardFirmware(name);
  });

  afterEach(async () => {
    control?.close();
    await board?.close();
  });

  async function start(): Promise<void> {
    await flashBoardFirmware(name, firmware.bytes);
    board = await startBoard(name);
    control = await connectControl(board.control);
  }

  it('counts by ranges of code what adds up to the same, until the profile ends', async () => {
    await start();
    const [whole] = await countRounds(board!, 1);
    const range = (label: string, end: string) => ({
      name: label,
      start: firmware.addressOf(label),
      end: firmware.addressOf(end),
    });
    await control!.request({
      do: 'profile',
      ranges: [range('loads', 'tail'), range('mark_start', 'mark_stop'), range('send', 'restart')],
    });
    const [{ operators, isr, ...profiled }, again] = (await countRounds(board!, 2)) as [
      TokenCounts,
      TokenCounts,
    ];
    assert.deepEqual({ ...profiled, isr: whole!.isr }, whole);
    assert.deepEqual(sumOf(Object.values(operators!)), profiled);
    assert.deepEqual(again.operators, operators);
    assert.sameMembers(Object.keys(operators!), ['other', 'loads', 'mark_start'], 'send does nothing there');
    assert.deepInclude(operators!['loads'], {
      instructions: 3 * rounds,
      pipelined: rounds,
      ramWrites: rounds,
    });
    assert.isAbove(isr, 0);
    await control!.request({ do: 'profile', ranges: [] });
    assert.notProperty((await countRounds(board!, 1))[0], 'operators');
  });

  it('refuses a profile that it cannot take', async () => {
    await start();
    const refusal = async (ranges: unknown): Promise<string> => {
      const request = { do: 'profile', ranges } as never;
      return ((await control!.request(request).catch((error: unknown) => error)) as Error).message;
    };
    assert.equal(await refusal('all'), 'the "ranges" of profile are a list; got "all"');
    assert.match(await refusal([{ name: 'a b', start: 0, end: 4 }]), /the name of a range is 1 to 63/);
    assert.match(await refusal([{ name: 'a', start: 4, end: 4 }]), /a range ends behind its start/);
    assert.match(await refusal([{ name: 'a', start: -1, end: 4 }]), /an address of a is a whole number/);
    const [first, second] = [
      { name: 'a', start: 0, end: 8 },
      { name: 'b', start: 4, end: 12 },
    ];
    assert.match(await refusal([first, second]), /no two ranges may overlap; .*"b"/);
  });
});
