// The commands that build each target, for a small tree of sources: a pure function over names.
import { assert } from 'chai';
import { loadBoard } from '../../boards/board.ts';
import { chipPlan, nativePlan, sourcesOf, wasmPlan } from '../../host-tools/toolchain/build-plan.ts';
import { assertGolden } from '../support/golden.ts';

const files = [
  'firmware/engine/engine.h',
  'firmware/engine/step.c',
  'firmware/gen/board_host.h',
  'firmware/gen/board_stm32f405.h',
  'firmware/gen/board_stm32f405.ld',
  'firmware/gen/image.h',
  'firmware/hal/hal.h',
  'firmware/hal/host/info.c',
  'firmware/hal/host/native.c',
  'firmware/hal/host/wasm.c',
  'firmware/hal/memory.c',
  'firmware/hal/stm32f405/hal.c',
  'firmware/hal/stm32f405/memory.ld',
  'firmware/kernels/armv7em/gemv.S',
  'firmware/kernels/kernels.h',
  'firmware/kernels/ref/add.c',
  'firmware/kernels/ref/gemv.c',
  'firmware/link/device.c',
  'firmware/main.c',
];
const id = { low: 0x01234567, high: 0x89abcdef };

describe('build plans', () => {
  it('are those of build-plan.txt', async () => {
    const [stm32, host] = [await loadBoard('stm32f405'), await loadBoard('host')];
    const plans = {
      stm32f405: chipPlan('stm32f405', stm32, files, 'out', id),
      'host, native': nativePlan('host', host, files, 'out', id),
      'host, WebAssembly': wasmPlan('host', host, files, 'out', id),
    };
    const text = Object.entries(plans).map(([name, { commands, inputs }]) =>
      [
        `# ${name}`,
        ...commands.map(({ tool, args }) => [tool, ...args].join(' ')),
        `inputs: ${inputs.join(' ')}`,
      ].join('\n'),
    );
    assertGolden('build-plan.txt', `${text.join('\n\n')}\n`);
  });

  it('take the kernels of a core class instead of those of ref with the same name', async () => {
    const kernels = sourcesOf(await loadBoard('stm32f405'), 'chip', files).filter((path) =>
      path.includes('kernels'),
    );
    assert.deepEqual(kernels, ['firmware/kernels/armv7em/gemv.S', 'firmware/kernels/ref/add.c']);
  });

  it('do not depend on the order in which files are listed', async () => {
    const board = await loadBoard('stm32f405');
    assert.deepEqual(
      chipPlan('b', board, [...files].reverse(), 'out', id),
      chipPlan('b', board, files, 'out', id),
    );
  });
});
