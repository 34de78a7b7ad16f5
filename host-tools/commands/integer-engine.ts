// The integer engine of this machine: the built WebAssembly where there is one or it can be built, else the interpreter.
import { readFileSync } from 'node:fs';
import { openInterpreter } from '../engines/interpreter.ts';
import { openWasmEngine } from '../engines/wasm.ts';
import { UserError } from '../contracts/errors.ts';
import { buildWasm } from '../toolchain/firmware-build.ts';
import type { Engine } from '../engines/engine.ts';
import type { Image } from '../compiler/read-image.ts';

/** Opens an engine on an image; `bytes` are the image, `image` the same, read. Both engines give equal integers. */
export async function openIntegerEngine(
  bytes: Uint8Array,
  image: Image,
  signal: AbortSignal,
): Promise<Engine> {
  let module: Uint8Array;
  try {
    module = readFileSync((await buildWasm({ signal })).path);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof UserError) return openInterpreter(image); // No artefact and no compiler here.
    throw error;
  }
  return openWasmEngine(module, bytes, image);
}
