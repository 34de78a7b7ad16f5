// `ternlet inspect`: what is in an image, or in a checkpoint.
import { readCheckpoint } from '../compiler/checkpoint.ts';
import { imageSizes } from '../compiler/image-size.ts';
import { layoutOf, plannedBytes, ramPlan } from '../compiler/ram-plan.ts';
import { readImage } from '../compiler/read-image.ts';
import { scaleToNumber } from '../compiler/fixed.ts';
import { noLayer } from '../contracts/image.ts';
import { readFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { showNumber } from './number-text.ts';
import { findModel } from './open-model.ts';
import { snakeCased } from './snake-case.ts';
import type { Checkpoint } from '../compiler/checkpoint.ts';
import type { Image } from '../compiler/read-image.ts';
import type { Verb } from './command.ts';

export const inspect: Verb = {
  name: 'inspect',
  declare(command) {
    command
      .argument('<model>', '.tern file, checkpoint folder or shipped name')
      .option('--json', 'print one JSON document')
      .addHelpText('after', '\nExample:\n  ternlet inspect story.tern');
  },
  async run([name], options, io) {
    const source = findModel(name);
    const rows =
      source.kind === 'image' ? imageFacts(source.path) : checkpointFacts(readCheckpoint(source.folder));
    if (options['json']) return io.write(`${JSON.stringify(rows)}\n`);
    await io.write(describe(rows));
  },
};

interface TensorFacts {
  name: string;
  layout: string;
  shape: number[];
  bytes: number;
  [more: string]: unknown;
}

interface Facts {
  kind: 'image' | 'checkpoint';
  header: Readonly<Record<string, unknown>>;
  tensors: TensorFacts[];
}

function imageFacts(path: string): Facts {
  const bytes = readFileSync(path);
  const image = readImage(bytes);
  return { kind: 'image', header: imageHeader(image, bytes), tensors: imageTensors(image) };
}

function imageHeader(image: Image, bytes: Uint8Array): Facts['header'] {
  const { shape, tokenizer } = image;
  return {
    name: image.name,
    version: image.version,
    bytes: image.bytes,
    crc32: image.crc32.toString(16).padStart(8, '0'),
    sha256: createHash('sha256').update(bytes.subarray(0, image.bytes)).digest('hex'),
    checkpoint_sha256: image.checkpointHash,
    ...snakeCased(Object.entries(shape)),
    bos: image.bos,
    eos: image.eos,
    norm_eps: scaleToNumber(image.normEps),
    bitlinear_eps: scaleToNumber(image.linearEps),
    pre_tokenizer: tokenizer.kind,
    tokens: tokenizer.vocab.length,
    merges: tokenizer.merges.length,
    table_groups: image.tableGroups,
    ram_bytes: plannedBytes(ramPlan(shape, layoutOf(image))),
    sizes: snakeCased(imageSizes(image).map(({ what, bytes: size }) => [what, size])),
  };
}

function imageTensors(image: Image): TensorFacts[] {
  return image.entries.map(({ slot, layout, offset, bytes, chunkGroups, scale }) => ({
    name: slot.layer === noLayer ? slot.kind : `${slot.layer}.${slot.kind}`,
    layout,
    shape: bytes === 0 ? [] : slot.cols === 1 ? [slot.rows] : [slot.rows, slot.cols],
    bytes,
    offset,
    unit: scaleToNumber(scale),
    chunk_groups: chunkGroups,
  }));
}

function checkpointFacts(checkpoint: Checkpoint): Facts {
  const tokenizer = checkpoint.tokenizer();
  return {
    kind: 'checkpoint',
    header: {
      ...snakeCased(Object.entries(checkpoint.config)),
      sha256: checkpoint.sha256(),
      files: Object.fromEntries(checkpoint.files().map(({ name, bytes }) => [name, bytes])),
      pre_tokenizer: tokenizer?.kind ?? null,
      merges: tokenizer?.merges.length ?? null,
    },
    tensors: [...checkpoint.tensors].map(([name, entry]) => ({
      name,
      layout: entry.dtype,
      shape: [...entry.shape],
      bytes: entry.bytes,
    })),
  };
}

function show(value: unknown): string {
  if (typeof value === 'number') return showNumber(value);
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([name, part]) => `${name} ${show(part)}`)
    .join(', ');
}

function describe({ header, tensors }: Facts): string {
  const labels = Math.max(...Object.keys(header).map((name) => name.length));
  const names = Math.max(...tensors.map(({ name }) => name.length));
  return [
    ...Object.entries(header).map(([name, value]) => `${name.padEnd(labels)}  ${show(value)}\n`),
    '\n',
    ...tensors.map(({ name, layout, shape, bytes }) => {
      const size = shape.length === 0 ? 'left out' : shape.join(' × ');
      return `${name.padEnd(names)}  ${layout.padEnd(4)} ${size.padStart(12)} ${String(bytes).padStart(9)} bytes\n`;
    }),
  ].join('');
}
