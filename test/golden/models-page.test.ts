// What is shipped is what its cards, docs/models.md and `ternlet models` say of it.
import { targetOf } from '../../host-tools/compiler/plan-image.ts';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from 'chai';
import { z } from 'zod';
import { defaultBoard, loadBoard } from '../../boards/board.ts';
import { compileModel, defaultCompileOptions } from '../../host-tools/commands/compile-model.ts';
import { listModels, type ListedModel } from '../../host-tools/commands/list-models.ts';
import { shippedModels } from '../../host-tools/compiler/model-source.ts';
import { assertPage, table } from '../support/page-tables.ts';
import { root } from '../support/sources.ts';

const home = join(root, 'models-tiny');

const sweepSchema = z.object({
  runs: z.array(
    z.strictObject({
      sweep: z.int(),
      shape: z.string(),
      vocabulary: z.int(),
      what: z.string(),
      rate: z.number(),
      parameters: z.int(),
      train_nats_per_token: z.number(),
      bits_per_byte: z.number(),
    }),
  ),
});

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const count = (value: number): string => value.toLocaleString('en');

/** Smallest image first. */
async function zooRows(): Promise<string> {
  const listed = await listModels(home, new AbortController().signal);
  const needed = (model: ListedModel, what: 'flash' | 'ram'): number =>
    model.boards[defaultBoard]![what].needed;
  const cells = (model: ListedModel): string[] => [
    `\`${model.name}\``,
    count(model.parameters),
    count(needed(model, 'flash')),
    count(needed(model, 'ram')),
    model.bits_per_byte?.value.toFixed(4) ?? '',
    model.extensions.join(', ') || 'none',
    Object.keys(model.boards)
      .filter((name) => model.boards[name]!.fits)
      .join(', '),
  ];
  return listed
    .toSorted((a, b) => needed(a, 'flash') - needed(b, 'flash'))
    .map((model) => row(cells(model)))
    .join('\n');
}

function sweepRows(): string {
  const file = join(root, 'models-tiny/trainer/records/sweep.json');
  const { runs } = sweepSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  return runs
    .map((run) =>
      row([
        String(run.sweep),
        run.shape,
        count(run.vocabulary),
        run.what,
        String(run.rate),
        count(run.parameters),
        run.train_nats_per_token.toFixed(3),
        run.bits_per_byte.toFixed(4),
      ]),
    )
    .join('\n');
}

describe('model.json', function () {
  this.timeout(300_000);

  it('holds parameters and image bytes as the compiler finds them, with the embedding that auto takes', async () => {
    const listed = await listModels(home, new AbortController().signal);
    const target = targetOf(await loadBoard(defaultBoard));
    for (const [name, card] of shippedModels(home)) {
      const source = { kind: 'checkpoint', folder: join(home, name) } as const;
      const { image } = await compileModel(source, { ...defaultCompileOptions, target });
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

describe('docs/models.md', () => {
  it('holds what ternlet models prints, and the recorded sweep', async () => {
    await assertPage('docs/models.md', [
      table('model', 'parameters', await zooRows()),
      table('sweep', 'shape', sweepRows()),
    ]);
  }).timeout(300_000);
});
