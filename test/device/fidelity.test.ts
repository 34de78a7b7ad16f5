// Fidelity of the packed images of trained models to their float models: the limits of DESIGN.md D1.
//
// On check.txt of every shipped model; on held-out stories where the folder of corpora and first models lies beside the clone.
import { targetOf } from '../../host-tools/compiler/plan-image.ts';
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { assert } from 'chai';
import { defaultBoard, loadBoard } from '../../boards/board.ts';
import { compileModel, defaultCompileOptions } from '../../host-tools/commands/compile-model.ts';
import { openIntegerEngine } from '../../host-tools/commands/integer-engine.ts';
import { readText } from '../../host-tools/commands/read-text.ts';
import { requireTokenizer } from '../../host-tools/compiler/checkpoint.ts';
import { shippedModels } from '../../host-tools/compiler/model-source.ts';
import { splitStories } from '../../host-tools/engines/bits-per-byte.ts';
import { compareOn, fidelityLimits } from '../../host-tools/engines/fidelity.ts';
import { openFloatEngine } from '../../host-tools/engines/float.ts';
import { packageRoot } from '../../host-tools/toolchain/paths.ts';

const home = join(packageRoot(), 'models-tiny');
const shared = join(packageRoot(), '..', 'shared');
const heldOut = join(shared, 'data', 'tinystories', 'valid.txt.gz');
const heldOutStories = 6;

/** How much of check.txt a model is held to: of a large one less, as its float model computes for long. */
const checkStories = (parameters = Infinity): number => (parameters > 5e5 ? 3 : Infinity);

/** Mean |Δlogit| of models that are not held to the common limit, and why. */
const looserLogits: Readonly<Record<string, number>> = {
  commands: 0.055, // It is sure of its answers: its logits spread wider than those of the stories, and their errors with them.
};

/** Compiles a checkpoint as for the default board and holds it to the limits on some stories of a text. */
async function holdToLimits(folder: string, text: string, n_stories: number): Promise<void> {
  const target = targetOf(await loadBoard(defaultBoard));
  const { bytes, image, ir, checkpoint } = await compileModel(
    { kind: 'checkpoint', folder },
    { ...defaultCompileOptions, target },
  );
  const engines = {
    float: openFloatEngine(ir!),
    integer: await openIntegerEngine(bytes, image, new AbortController().signal),
  };
  const stories = splitStories(readText(text)).slice(0, n_stories);
  const found = await compareOn(stories, requireTokenizer(checkpoint!), image, engines);
  const change = Math.abs(found.integerBitsPerByte / found.floatBitsPerByte - 1);
  assert.isAtMost(change, fidelityLimits.bitsPerByteShare, 'bits per byte');
  const limit = looserLogits[basename(folder)] ?? fidelityLimits.meanLogitError;
  assert.isAtMost(found.meanLogitError, limit, 'mean |Δlogit|');
  assert.isAtLeast(found.argMaxAgreement, fidelityLimits.argMaxAgreement, 'share of equal arg-max');
  assert.equal(found.clearDisagreements, 0, 'positions with a clear arg-max that differs');
}

describe('the packed image', function () {
  this.timeout(600_000);

  for (const [name, { parameters }] of shippedModels(home))
    it(`of ${name} is as near to the float model as it must be, on check.txt`, () =>
      holdToLimits(join(home, name), join(home, name, 'check.txt'), checkStories(parameters)));

  for (const name of ['stories-mlgru-s', 'stories-mlgru-m', 'stories-mlgru-l'])
    it(`of ${name} is so on ${heldOutStories} held-out stories`, async function () {
      const folder = join(shared, 'models', name);
      if (!existsSync(folder) || !existsSync(heldOut)) {
        console.log('      skipped: ../shared with its models and corpora is not beside this clone');
        return this.skip();
      }
      await holdToLimits(folder, heldOut, heldOutStories);
    });
});
