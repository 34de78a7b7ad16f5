// The devices that this machine can run without hardware, each as an open port with an image in it.
import { anyTarget } from '../../host-tools/compiler/plan-image.ts';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadBoard } from '../../boards/board.ts';
import { compileModel, defaultCompileOptions } from '../../host-tools/commands/compile-model.ts';
import type { Port, PortListener } from '../../host-tools/link/port.ts';
import { openProcess } from '../../host-tools/link/process.ts';
import { openWasmDevice } from '../../host-tools/link/wasm-device.ts';
import { buildNative, buildWasm } from '../../host-tools/toolchain/firmware-build.ts';
import { packageRoot } from '../../host-tools/toolchain/paths.ts';

/** The image of a shipped model. */
export function shippedImage(model: string, tableBytes = 16 * 1024): Promise<Uint8Array> {
  return imageOf(join(packageRoot(), 'models-tiny', model), tableBytes);
}

/** The image of a checkpoint folder. */
export async function imageOf(folder: string, tableBytes = 16 * 1024): Promise<Uint8Array> {
  const { bytes } = await compileModel(
    { kind: 'checkpoint', folder },
    { ...defaultCompileOptions, weights: 't5', target: anyTarget(tableBytes) },
  );
  return bytes;
}

export interface TestDevice {
  readonly name: string;
  /** Programs that it needs. */
  readonly programs: readonly string[];
  /** Opens it with an image; `folder` takes files. An empty image is a board without one. */
  open(image: Uint8Array, folder: string): Promise<Port>;
}

export const hostDevices: readonly TestDevice[] = [
  {
    name: 'host-native',
    programs: ['cc'],
    async open(image, folder) {
      const { path } = await buildNative();
      const file = join(folder, 'test.tern');
      writeFileSync(file, image);
      return openProcess(path, file);
    },
  },
  {
    name: 'host-wasm',
    programs: [],
    async open(image) {
      const [{ path }, board] = [await buildWasm(), await loadBoard('host')];
      return openWasmDevice(readFileSync(path), image, board.memory.ram.bytes);
    },
  },
];

/** What a bad line does to the bytes of one direction; gives back pieces. */
export type Harm = (bytes: Uint8Array) => Uint8Array[];

/** A port behind a line that does harm. */
export function harmed(port: Port, toDevice: Harm, toHost: Harm): Port {
  return {
    path: port.path,
    async write(bytes) {
      for (const piece of toDevice(bytes)) await port.write(piece);
    },
    subscribe: (listener: PortListener) =>
      port.subscribe({
        data: (bytes) => toHost(bytes).forEach((piece) => listener.data(piece)),
        closed: (reason) => listener.closed(reason),
      }),
    configure: (line) => port.configure(line),
    close: () => port.close(),
  };
}
