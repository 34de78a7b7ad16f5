// The integer engine as its definition, the interpreter: slower than WebAssembly, equal to it, and always there.
import { interpret } from '../compiler/interpret.ts';
import { scaleToNumber } from '../compiler/fixed.ts';
import type { Engine } from './engine.ts';
import type { Image } from '../compiler/read-image.ts';

/** Runs an image by interpret.ts. */
export function openInterpreter(image: Image): Engine {
  const interpreter = interpret(image);
  return {
    name: 'integer',
    vocabSize: image.shape.vocab,
    reset: () => interpreter.reset(),
    feed: (token) => void interpreter.step(token, false),
    step(token) {
      const { values, scale } = interpreter.step(token)!;
      const unit = scaleToNumber(scale);
      return Float64Array.from(values, (value) => value * unit);
    },
    close: () => undefined,
  };
}
