// `ternlet compile`: checkpoint → image, with what it takes and how near it is to the float model.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Option } from 'commander';
import { defaultBoard, loadBoard } from '../../boards/board.ts';
import { imageSizes } from '../compiler/image-size.ts';
import { planLines } from '../compiler/describe-plan.ts';
import { targetOf } from '../compiler/plan-image.ts';
import { layoutOf, ramPlan } from '../compiler/ram-plan.ts';
import type { PlannedBuffer } from '../compiler/ram-plan.ts';
import type { Image } from '../compiler/read-image.ts';
import { splitStories } from '../engines/bits-per-byte.ts';
import { compareOn } from '../engines/fidelity.ts';
import { openFloatEngine } from '../engines/float.ts';
import { UserError } from '../contracts/errors.ts';
import { saveFile } from '../toolchain/save-file.ts';
import { compileModel } from './compile-model.ts';
import { fitOf } from './fit.ts';
import { openIntegerEngine } from './integer-engine.ts';
import { showChange } from './number-text.ts';
import { findModel } from './open-model.ts';
import { readText } from './read-text.ts';
import { snakeCased } from './snake-case.ts';
import type { Board } from '../../boards/board.ts';
import type { Fidelity } from '../engines/fidelity.ts';
import type { CompiledModel, CompileOptions } from './compile-model.ts';
import type { Io, Verb } from './command.ts';
import type { ModelSource } from '../compiler/model-source.ts';

export const compile: Verb = {
  name: 'compile',
  declare(command) {
    command
      .argument('[model]', 'shipped name or checkpoint folder (default: the shipped story model)')
      .option('--board <name>', 'the board that it is for', defaultBoard)
      .option('-o, --output <file>', 'the image (default: <name>.tern in this folder)')
      .addOption(
        new Option('--weights <layout>', 'packing of the trits; auto takes for each matrix what is faster')
          .choices(['t2', 't5', 'auto'])
          .default('auto'),
      )
      .addOption(
        new Option(
          '--embedding <bits>',
          'precision of the embedding; auto takes 8 unless that costs too much',
        )
          .choices(['8', '16', 'auto'])
          .default('auto'),
      )
      .option('--text <file>', "text to measure fidelity on (default: check.txt in the model's folder)")
      .option('--json', 'print one JSON document')
      .addHelpText('after', '\nExample:\n  ternlet compile stories-60k -o story.tern');
  },
  async run([name], options, io) {
    const source = findModel(name);
    if (source.kind === 'image')
      throw new UserError(
        `${source.path} is compiled already`,
        'Name a checkpoint folder, or use ternlet inspect.',
      );
    const boardName = options['board'] as string;
    const board = await loadBoard(boardName);
    const model = await compileModel(source, compileOptions(options, board), io.signal);
    const output = (options['output'] as string | undefined) ?? `${model.image.name}.tern`;
    saveFile(output, model.bytes);
    const fidelity = await measureFidelity(source, model, options['text'] as string | undefined, io);
    const fit = fitOf(model.image, board);
    if (options['json'])
      await io.write(`${JSON.stringify(facts(model, boardName, board, output, fidelity))}\n`);
    else await io.write(describe(model, boardName, board, output, fidelity));
    if (!fit.fits)
      io.log(`warning: it does not fit ${boardName}; try another --weights, --embedding or board.`);
  },
};

function compileOptions(options: Readonly<Record<string, unknown>>, board: Board): CompileOptions {
  const embedding = options['embedding'] as string;
  return {
    weights: options['weights'] as CompileOptions['weights'],
    embedding: embedding === 'auto' ? 'auto' : embedding === '8' ? 8 : 16,
    target: targetOf(board),
  };
}

/** Fidelity on a text; undefined where there is none, or no tokenizer to read it with. */
async function measureFidelity(
  source: ModelSource & { kind: 'checkpoint' },
  model: CompiledModel,
  asked: string | undefined,
  io: Io,
): Promise<Fidelity | undefined> {
  const own = join(source.folder, 'check.txt');
  const path = asked ?? (existsSync(own) ? own : undefined);
  const tokenizer = model.checkpoint?.tokenizer();
  if (path === undefined) return undefined;
  if (tokenizer === undefined)
    throw new UserError(
      `${source.folder} holds no tokenizer.json, so a text cannot be measured`,
      'Leave out --text.',
    );
  const stories = splitStories(readText(path));
  if (stories.length === 0)
    throw new UserError(`${path} holds no text`, 'Name a file with at least one story.');
  const engines = {
    float: openFloatEngine(model.ir!),
    integer: await openIntegerEngine(model.bytes, model.image, io.signal),
  };
  return compareOn(stories, tokenizer, model.image, engines, async (done) => {
    io.signal.throwIfAborted();
    io.progress('fidelity', done / stories.length);
    await new Promise(setImmediate); // Lets Ctrl-C in.
  });
}

function facts(
  model: CompiledModel,
  boardName: string,
  board: Board,
  output: string,
  fidelity: Fidelity | undefined,
) {
  const { image } = model;
  return {
    model: image.name,
    image: output,
    bytes: image.bytes,
    crc32: image.crc32.toString(16).padStart(8, '0'),
    sizes: snakeCased(imageSizes(image).map(({ what, bytes }) => [what, bytes])),
    ram: snakeCased(planOf(image).map(({ name, bytes }) => [name, bytes])),
    copied_bytes: image.copied.bytes,
    plan: planLines(image, board.kernels).map((plan) => snakeCased(Object.entries(plan))),
    board: boardName,
    fit: fitOf(image, board),
    fidelity: fidelity ? snakeCased(Object.entries(fidelity)) : null,
  };
}

const planOf = (image: Image): PlannedBuffer[] => ramPlan(image.shape, layoutOf(image));

const line = (label: string, value: string): string => `  ${label.padEnd(24)}${value}\n`;
const bytesOf = (bytes: number): string => `${bytes.toLocaleString('en')} bytes`.padStart(16);

function describe(
  model: CompiledModel,
  boardName: string,
  board: Board,
  output: string,
  fidelity: Fidelity | undefined,
): string {
  const { image } = model;
  const fit = fitOf(image, board);
  const ram = { ...fit.ram, needed: fit.ram.needed + image.copied.bytes };
  const against = ({ needed, free }: Fit): string =>
    `${needed <= free ? 'fits' : 'does NOT fit'} ${boardName} (${free.toLocaleString('en')} free)`;
  type Fit = typeof fit.flash;
  return [
    `${output}: ${image.name}\n`,
    ...imageSizes(image).map(({ what, bytes }) => line(what, bytesOf(bytes))),
    line('flash', `${bytesOf(fit.flash.needed)}  ${against(fit.flash)}`),
    '\n',
    ...planOf(image).map(({ name, bytes }) => line(name, bytesOf(bytes))),
    line('RAM', `${bytesOf(ram.needed)}  ${against(ram)}`),
    '\n',
    ...describePlan(image, boardName, board),
    '\n',
    ...describeFidelity(fidelity),
  ].join('');
}

/** What was decided for the board. */
function describePlan(image: Image, boardName: string, board: Board): string[] {
  const { bytes } = image.copied;
  const { cycles, bytes: ofLine } = board.flashLine;
  const place =
    cycles.low === 0
      ? `in flash, which costs ${boardName} nothing`
      : `${bytes.toLocaleString('en')} bytes copied to RAM, as a line of ${ofLine} bytes of flash costs ${cycles.low} to ${cycles.high} cycles`;
  return [
    line('weights', place),
    ...planLines(image, board.kernels).map(
      ({ matrix, matrices, rows, columns, packing, chunkGroups, expected, unit }) =>
        line(
          matrix,
          `${matrices} of ${rows} x ${columns}, ${packing} in chunks of ${chunkGroups} groups: ${Math.round(expected).toLocaleString('en')} ${unit}/token expected`,
        ),
    ),
  ];
}

function describeFidelity(fidelity: Fidelity | undefined): string[] {
  if (fidelity === undefined) return [line('fidelity', 'not measured: name a --text')];
  const { floatBitsPerByte: float, integerBitsPerByte: integer } = fidelity;
  return [
    line('bits per byte', `${integer.toFixed(4)} (float ${float.toFixed(4)}, ${showChange(float, integer)})`),
    line(
      'mean |Δlogit|',
      `${fidelity.meanLogitError.toFixed(4)}, largest ${fidelity.largestLogitError.toFixed(3)}`,
    ),
    line(
      'same arg-max',
      `${(fidelity.argMaxAgreement * 100).toFixed(2)} % of ${fidelity.positions} positions`,
    ),
    line('clear cases that differ', `${fidelity.clearDisagreements} (float gap of 1.0 or more)`),
  ];
}
