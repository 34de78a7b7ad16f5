// The WebAssembly device as a port, in this process: the whole firmware, its UART ending here.
import { DeviceError, UserError } from '../contracts/errors.ts';
import { instantiateDevice, placeImage } from '../contracts/wasm.ts';
import type { WasmExports } from '../contracts/wasm.ts';
import type { Port, PortListener } from './port.ts';

/** How long the device may run before others in this process have their turn. */
const turnMs = 8;

/** Starts the module of buildWasm with an image. `arenaBytes` is the board's RAM. Rejects with a UserError when memory is short. */
export async function openWasmDevice(wasm: Uint8Array, image: Uint8Array, arenaBytes: number): Promise<Port> {
  const device = new WasmDevice(wasm, image, arenaBytes);
  await device.start();
  return device;
}

class WasmDevice implements Port {
  readonly path = 'the WebAssembly device';
  readonly #wasm: Uint8Array;
  readonly #image: Uint8Array;
  readonly #arenaBytes: number;
  readonly #listeners = new Set<PortListener>();
  #exports: WasmExports | undefined;
  #incoming: { bytes: Uint8Array; taken: number; done: () => void }[] = [];
  #outgoing: Uint8Array[] = [];
  #scheduled = false;
  #wantsReset = false;
  #closed: string | undefined;

  constructor(wasm: Uint8Array, image: Uint8Array, arenaBytes: number) {
    this.#wasm = wasm;
    this.#image = image;
    this.#arenaBytes = arenaBytes;
  }

  async start(): Promise<void> {
    this.#wantsReset = false;
    const origin = performance.now();
    const exports = await instantiateDevice(this.#wasm, (own) => ({
      write: (address, bytes) => {
        this.#outgoing.push(
          new Uint8Array(own().memory.buffer).slice(address >>> 0, (address >>> 0) + bytes),
        );
      },
      time_us: () => Math.trunc((performance.now() - origin) * 1000) >>> 0,
      reset: () => (this.#wantsReset = true),
    }));
    if (!placeImage(exports, this.#image, this.#arenaBytes)) {
      throw new UserError(`there is not enough memory for an image of ${this.#image.length} bytes`);
    }
    exports.device_init();
    this.#exports = exports;
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled || this.#closed !== undefined) return;
    this.#scheduled = true;
    setImmediate(() => this.#turn());
  }

  /** Runs the device for a while; it goes on by itself until it has nothing to do. */
  #turn(): void {
    this.#scheduled = false;
    const exports = this.#exports;
    if (!exports || this.#closed !== undefined) return;
    const until = performance.now() + turnMs;
    let idle = false;
    try {
      while (!idle && performance.now() < until) {
        const fed = this.#feed(exports);
        idle = exports.device_poll() === 1 && !fed;
      }
    } catch (error) {
      this.#deliver();
      this.#restart(error);
      return;
    }
    this.#deliver();
    if (!idle || this.#incoming.length > 0) this.#schedule();
  }

  /** Puts waiting bytes into the device's queue; whether there were any. */
  #feed(exports: WasmExports): boolean {
    let fed = false;
    for (let first = this.#incoming[0]; first; first = this.#incoming[0]) {
      while (first.taken < first.bytes.length && exports.receive(first.bytes[first.taken]!) === 1) {
        first.taken += 1;
        fed = true;
      }
      if (first.taken < first.bytes.length) break;
      this.#incoming.shift();
      first.done();
    }
    return fed;
  }

  #deliver(): void {
    const chunks = this.#outgoing;
    this.#outgoing = [];
    if (chunks.length === 0) return;
    const bytes = Buffer.concat(chunks);
    for (const listener of [...this.#listeners]) listener.data(bytes);
  }

  /** After a trap: a reset that was asked for starts over, anything else ends the device. */
  #restart(error: unknown): void {
    this.#exports = undefined;
    const asked = this.#wantsReset;
    for (const { done } of this.#incoming.splice(0)) done();
    if (!asked) return this.#end(`it trapped: ${error instanceof Error ? error.message : String(error)}`);
    this.start().catch((failure: unknown) => this.#end(String(failure)));
  }

  #end(reason: string): void {
    if (this.#closed !== undefined) return;
    this.#closed = reason;
    for (const { done } of this.#incoming.splice(0)) done();
    for (const listener of [...this.#listeners]) listener.closed(reason);
  }

  write(bytes: Uint8Array): Promise<void> {
    if (this.#closed !== undefined)
      return Promise.reject(new DeviceError(`${this.path} is gone: ${this.#closed}`));
    return new Promise((resolve) => {
      this.#incoming.push({ bytes: bytes.slice(), taken: 0, done: resolve });
      this.#schedule();
    });
  }

  subscribe(listener: PortListener): () => void {
    this.#listeners.add(listener);
    if (this.#closed !== undefined) listener.closed(this.#closed);
    return () => void this.#listeners.delete(listener);
  }

  configure(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.#end('it was closed');
    this.#exports = undefined;
    return Promise.resolve();
  }
}
