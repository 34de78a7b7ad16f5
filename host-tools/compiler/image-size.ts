// Where the bytes of an image go, by kind: what `compile` and `inspect` print.
import { entryBytes, headerBytes } from '../contracts/image.ts';
import type { Image, ImageEntry } from './read-image.ts';

export interface ImageSize {
  readonly what: string;
  readonly bytes: number;
}

const kinds: readonly (readonly [string, (entry: ImageEntry) => boolean])[] = [
  ['embedding', ({ slot }) => slot.kind === 'embedding'],
  ['ternary matrices', ({ slot }) => /_proj$|^head$/.test(slot.kind)],
  ['norms and bounds', ({ slot }) => slot.holds === 'vector' || slot.holds === 'fractions'],
];

/** Bytes by kind; they add up to the image. Padding has its own line. */
export function imageSizes(image: Image): ImageSize[] {
  const tensors = kinds.map(([what, isOfKind]) => ({
    what,
    bytes: image.entries.filter(isOfKind).reduce((sum, { bytes }) => sum + bytes, 0),
  }));
  const sizes = [
    ...tensors,
    { what: 'tokenizer', bytes: image.tokenizerBytes },
    { what: 'header and directory', bytes: headerBytes + entryBytes * image.entries.length },
  ];
  const known = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
  return [...sizes, { what: 'padding', bytes: image.bytes - known }];
}
