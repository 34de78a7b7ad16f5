// The tables of docs/training-kernel.md are the recorded run of the fused layer; `npm run golden` rewrites them for review.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { assertPage, table } from '../support/page-tables.ts';
import { root } from '../support/sources.ts';

const pair = z.tuple([z.number(), z.number()]);
const recordSchema = z.object({
  measured: z.record(z.string(), z.object({ ms: z.array(z.number()), peak: z.number() })),
  kept: z.record(z.string(), z.record(z.string(), pair)),
  gradients: z.record(z.string(), z.record(z.string(), pair)),
  kernels: z.object({ rows: z.array(z.tuple([z.string(), z.number(), z.number()])) }),
});
const file = join(root, 'models-tiny/trainer/records/fused-h100.json');
const record = recordSchema.parse(JSON.parse(readFileSync(file, 'utf8')));

/** Bytes of one activation of the stream: tokens, hidden values, two bytes each. */
const streamBytes = 28 * 1024 * 2048 * 2;

/** What a kernel does, by how its name begins; the library's products are one row. */
const kernels: Readonly<Record<string, string>> = {
  nvjet: 'bfloat16 products of the library: dx and dW',
  _product: 'int8 activations times trits',
  _swiglu_backward: 'gradient of SwiGLU, norm and int8; input of down_proj again',
  _norm_backward: 'gradient of the norms and int8; rounded inputs again',
  _recurrence: 'gates and scan, forward, and again for the backward pass',
  _recurrence_backward: 'gradient of gates and scan',
  _gate_norm_backward: 'gradient of gated norm, norm and int8',
  _swiglu_quantize: 'SwiGLU, norm, int8',
  _norm_quantize: 'one or two norms, int8 for up to three products',
  _gate_norm_quantize: 'gated norm, norm, int8',
  _ternarize: 'trits of a weight, for either pass',
  _sum_magnitudes: 'partial sums of the magnitudes of a weight',
};

const row = (...cells: string[]): string => `| ${cells.join(' | ')} |`;

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  return (sorted[Math.ceil(half) - 1]! + sorted[Math.floor(half)]!) / 2;
}

function measuredRows(): string {
  const base = record.measured['unfused']!;
  return Object.entries(record.measured)
    .map(([name, { ms, peak }]) => {
      const spread = `${median(ms).toFixed(1)} (${Math.min(...ms).toFixed(1)} to ${Math.max(...ms).toFixed(1)})`;
      const saved = name === 'unfused' ? '' : `−${((1 - peak / base.peak) * 100).toFixed(1)} %`;
      return row(name, spread, (median(base.ms) / median(ms)).toFixed(2), (peak / 1e9).toFixed(2), saved);
    })
    .join('\n');
}

function keptRows(): string {
  return Object.entries(record.kept)
    .map(([name, tensors]) => {
      const bytes = Object.values(tensors).reduce((sum, [, size]) => sum + size, 0);
      return row(name, (bytes / 1e6).toFixed(1), (bytes / streamBytes).toFixed(1));
    })
    .join('\n');
}

function gradientRows(): string {
  return Object.entries(record.gradients['1']!)
    .map(([name, [fused, unfused]]) =>
      row(name.replace('0.', ''), `${(fused * 100).toFixed(2)} %`, `${(unfused * 100).toFixed(2)} %`),
    )
    .join('\n');
}

function kernelRows(): string {
  return Object.entries(kernels)
    .map(([name, does]) => {
      const own = record.kernels.rows.filter(([kernel]) => kernel.split('_sm90')[0] === name);
      const sum = (at: 1 | 2): number => own.reduce((total, one) => total + one[at], 0);
      return row(`\`${name}\``, sum(2).toFixed(1), String(sum(1)), does);
    })
    .join('\n');
}

describe('docs/training-kernel.md', () => {
  it('has the tables of the recorded run', async () => {
    await assertPage('docs/training-kernel.md', [
      table('variant', 'ms', measuredRows()),
      table('variant', '10\\^6 bytes', keptRows()),
      table('gradient', 'fused', gradientRows()),
      table('kernel', 'ms', kernelRows()),
    ]);
  });
});
