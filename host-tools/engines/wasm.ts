// The integer engine as WebAssembly: the device's own C, without its link. Contract: contracts/wasm.ts.
import { layoutOf, plannedBytes, ramPlan } from '../compiler/ram-plan.ts';
import { UserError } from '../contracts/errors.ts';
import { statusCode, statusWords } from '../contracts/status.ts';
import { instantiateDevice, placeImage } from '../contracts/wasm.ts';
import type { Image } from '../compiler/read-image.ts';
import type { WasmExports } from '../contracts/wasm.ts';
import type { Engine } from './engine.ts';

/** Loads an image into the module of buildWasm; a refusal is a UserError. */
async function loadDevice(module: Uint8Array, bytes: Uint8Array, image: Image): Promise<WasmExports> {
  const device = await instantiateDevice(module, () => ({}));
  const arenaBytes = plannedBytes(ramPlan(image.shape, layoutOf(image)));
  if (!placeImage(device, bytes.subarray(0, image.bytes), arenaBytes))
    throw new UserError(`there is not enough memory for an image of ${image.bytes} bytes`);
  const status = device.engine_load();
  if (status !== statusCode('ok'))
    throw new UserError(`the engine refuses the image: ${statusWords(status)}`);
  return device;
}

/** Runs an image. `module` is the compiled device, `bytes` the image and `image` the same, read. */
export async function openWasmEngine(module: Uint8Array, bytes: Uint8Array, image: Image): Promise<Engine> {
  const device = await loadDevice(module, bytes, image);
  const logits = new Float64Array(image.shape.vocab);
  return {
    name: 'integer',
    vocabSize: image.shape.vocab,
    reset: () => device.engine_reset(),
    feed: (token) => device.engine_step(token, 0),
    step(token) {
      device.engine_step(token, 1);
      const integers = new Int32Array(device.memory.buffer, device.engine_logits(), logits.length);
      const scale = device.engine_scale_m() * 2 ** device.engine_scale_e();
      integers.forEach((value, i) => {
        logits[i] = value * scale;
      });
      return logits;
    },
    close: () => undefined,
  };
}
