// The WebAssembly device: what its module imports and exports. Twin: firmware/hal/host/wasm.c, firmware/hal/host/wasm_engine.c.

/** What TypeScript knows of this only with a browser's library. */
declare const WebAssembly: {
  compile(bytes: Uint8Array): Promise<object>;
  instantiate(module: object, imports: object): Promise<{ exports: object }>;
};

/** What the module calls. Addresses and sizes are in bytes of its memory. */
export interface WasmImports {
  /** Bytes that the device sends. */
  write(address: number, bytes: number): void;
  time_us(): number;
  marker(level: number): void;
  /** The device wants to start over; a trap follows. */
  reset(): void;
  /** A checksum of one layer, from engine_step while traced. */
  checksum(layer: number, checksum: number): void;
}

/** What the module offers: the device behind its link, or the engine alone. One of the two is used, not both. */
export interface WasmExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  /** Makes room for an image and a working memory; the address of the image, or 0 when there is not that much memory. */
  reserve(imageBytes: number, arenaBytes: number): number;
  /** Puts one byte into the device's receive queue; 0 when it is full. */
  receive(byte: number): number;
  device_init(): void;
  /** One turn; 1 when nothing is to do until bytes arrive. */
  device_poll(): number;
  /** Loads the reserved image; a status. */
  engine_load(): number;
  engine_reset(): void;
  engine_trace(on: number): void;
  engine_step(token: number, wantLogits: number): void;
  /** Address of the logits, int32 each. */
  engine_logits(): number;
  engine_vocab(): number;
  /** Value of one unit of the logits: mantissa × 2^exponent. */
  engine_scale_m(): number;
  engine_scale_e(): number;
}

/** Instantiates a module; imports that are left out do nothing. */
export async function instantiateDevice(
  wasm: Uint8Array,
  imports: (exports: () => WasmExports) => Partial<WasmImports>,
): Promise<WasmExports> {
  const none: WasmImports = {
    write: () => undefined,
    time_us: () => 0,
    marker: () => undefined,
    reset: () => undefined,
    checksum: () => undefined,
  };
  const own: { exports?: WasmExports } = {};
  const env = { ...none, ...imports(() => own.exports!) };
  const instance = await WebAssembly.instantiate(await WebAssembly.compile(wasm), { env });
  own.exports = instance.exports as WasmExports;
  return own.exports;
}

/** Reserves memory and puts an image there; false when there is not that much memory. */
export function placeImage(exports: WasmExports, image: Uint8Array, arenaBytes: number): boolean {
  const address = exports.reserve(image.length, arenaBytes) >>> 0;
  if (address === 0) return false;
  new Uint8Array(exports.memory.buffer).set(image, address);
  return true;
}
