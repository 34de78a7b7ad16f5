// Which port is taken for a board, and which never.
import { assert } from 'chai';
import { choosePort, listPorts } from '../../host-tools/link/ports.ts';
import type { PortInfo } from '../../host-tools/link/ports.ts';

const adapter: PortInfo = { path: '/dev/ttyUSB0', description: 'WCH CH340 adapter', kind: 'board' };
const meter: PortInfo = { path: '/dev/ttyACM0', description: 'Nordic PPK2', kind: 'instrument' };
const modem: PortInfo = { path: '/dev/ttyS0', description: 'serial port', kind: 'other' };
const emulated: PortInfo = {
  path: '/dev/pts/7',
  description: 'emulated stm32f405',
  kind: 'emulated',
  board: 'stm32f405',
};

describe('choosePort', () => {
  it('takes the only port that may be the board', () => {
    assert.equal(choosePort([modem, meter, adapter], 'stm32f405'), adapter);
    assert.equal(choosePort([modem, meter, emulated], 'stm32f405'), emulated);
  });

  it('takes no instrument, no unknown port, and no emulated board of another name', () => {
    assert.isUndefined(choosePort([modem, meter, { ...emulated, board: 'pico' }], 'stm32f405'));
  });

  it('guesses for none when two fit, and lists them', () => {
    const choose = (): unknown => choosePort([adapter, emulated], 'stm32f405');
    assert.throws(choose, '2 ports may be stm32f405: /dev/ttyUSB0 (WCH CH340 adapter), /dev/pts/7 (emulated');
  });
});

describe('listPorts', () => {
  it('lists the emulated boards that it is told of, also where there is no udevadm', async () => {
    const path = process.env['PATH'];
    process.env['PATH'] = '/no/such/folder';
    try {
      const found = await listPorts([{ board: 'stm32f405', port: '/dev/pts/7' }]);
      assert.deepEqual(
        found.filter(({ kind }) => kind === 'emulated'),
        [emulated],
      );
    } finally {
      process.env['PATH'] = path;
    }
  });
});
