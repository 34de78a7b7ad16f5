// What is shipped is what its cards, docs/models.md and `ternlet models` say of it.
import { join } from 'node:path';
import { assert } from 'chai';
import { defaultBoard, loadBoard } from '../../boards/board.ts';
import { compileModel, defaultCompileOptions } from '../../host-tools/commands/compile-model.ts';
import { listModels } from '../../host-tools/commands/list-models.ts';
import { shippedModels } from '../../host-tools/compiler/model-source.ts';
import { root } from '../support/sources.ts';

const home = join(root, 'models-tiny');

describe('model.json', function () {
  this.timeout(120_000);

  it('holds parameters and image bytes as the compiler finds them, with the embedding that auto takes', async () => {
    const listed = await listModels(home, new AbortController().signal);
    const { tableBytes } = await loadBoard(defaultBoard);
    for (const [name, card] of shippedModels(home)) {
      const source = { kind: 'checkpoint', folder: join(home, name) } as const;
      const { image } = await compileModel(source, { ...defaultCompileOptions, tableBytes });
      const { parameters, boards } = listed.find((model) => model.name === name)!;
      const found = { parameters, image_bytes: image.bytes };
      assert.deepEqual(found, { parameters: card.parameters, image_bytes: card.image_bytes }, name);
      assert.equal(boards[defaultBoard]!.flash.needed, image.bytes, name);
    }
  });

  it('says how well each model does, by the integer program', () => {
    for (const [name, { bits_per_byte, accuracy }] of shippedModels(home)) {
      const figure = bits_per_byte ?? accuracy;
      assert.equal(figure?.engine, 'integer', name);
      const digits = String(figure!.value).split('.')[1] ?? '';
      assert.isAtMost(digits.length, 4, name);
    }
  });
});
