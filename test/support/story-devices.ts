// The devices that must write the same story: the interpreter, and the firmware as WebAssembly, as a process and emulated.
import { targetOf } from '../../host-tools/compiler/plan-image.ts';
import { loadBoard } from '../../boards/board.ts';
import { openBoard } from '../../host-tools/commands/board-port.ts';
import { compileModel, defaultCompileOptions } from '../../host-tools/commands/compile-model.ts';
import { flashBoard } from '../../host-tools/commands/flash-board.ts';
import { findModel } from '../../host-tools/commands/open-model.ts';
import { interpret } from '../../host-tools/compiler/interpret.ts';
import { sample, seededRandom } from '../../host-tools/compiler/sampler.ts';
import { openSession } from '../../host-tools/link/session.ts';
import { buildFirmware } from '../../host-tools/toolchain/firmware-build.ts';
import type { Io } from '../../host-tools/commands/command.ts';
import type { Image } from '../../host-tools/compiler/read-image.ts';
import type { GenerateOptions } from '../../host-tools/link/session.ts';
import type { Port } from '../../host-tools/link/port.ts';
import { hostDevices } from './devices.ts';
import type { TestDevice } from './devices.ts';
import { patient } from './link-talk.ts';

/** What a device wrote. */
export interface ToldStory {
  readonly tokens: number[];
  readonly text: string;
  /** A line a step: its index, then the checksum of each layer. */
  readonly checksums: string[];
}

export type StoryTeller = (prompt: string, options: Required<StoryChoice>) => Promise<ToldStory>;
export type StoryChoice = Pick<
  GenerateOptions,
  'maxTokens' | 'temperatureMilli' | 'topK' | 'topPMilli' | 'seed'
>;

const silent: Io = {
  write: async () => undefined,
  log: () => undefined,
  progress: () => undefined,
  signal: new AbortController().signal,
};

export interface CompiledStoryModel {
  readonly image: Image;
  readonly bytes: Uint8Array;
}

/** The image of a shipped model for the default board. */
export async function storyModel(name: string): Promise<CompiledStoryModel> {
  const target = targetOf(await loadBoard('stm32f405'));
  return compileModel(findModel(name), { ...defaultCompileOptions, target });
}

const hex = (value: number): string => (value >>> 0).toString(16).padStart(8, '0');

/** Writes a story by interpret.ts, which says what every other device must write. */
export function interpretStory({ image }: CompiledStoryModel): StoryTeller {
  return async (prompt, options) => {
    const sums: string[][] = [];
    const interpreter = interpret(image, (_layer, checksum) => sums.at(-1)!.push(hex(checksum)));
    const random = seededRandom(options.seed);
    const step = (token: number) => {
      sums.push([]);
      return interpreter.step(token)!;
    };
    let logits = [image.bos, ...image.tokenizer.encode(prompt)].map(step).at(-1)!;
    const tokens: number[] = [];
    while (tokens.length < options.maxTokens) {
      const token = sample(logits, options, random);
      if (token === image.eos) break;
      tokens.push(token);
      if (tokens.length < options.maxTokens) logits = step(token);
    }
    const text = Buffer.from(image.tokenizer.decode(tokens)).toString('utf8');
    return { tokens, text, checksums: sums.map((layers, i) => [i, ...layers].join(' ')) };
  };
}

/** Writes a story over a port. */
export function tellOver(port: Port): StoryTeller {
  return async (prompt, options) => {
    const session = await openSession(port, patient);
    const tokens: number[] = [];
    const pieces: Uint8Array[] = [];
    const sums: string[][] = [];
    for await (const event of session.generate({ text: prompt }, { ...options, trace: true })) {
      if (event.kind === 'checksum') (sums[event.index] ??= []).push(hex(event.checksum));
      if (event.kind !== 'token' || event.output === undefined) continue;
      tokens.push(event.output);
      pieces.push(event.text);
    }
    await session.close();
    const checksums = sums.map((layers, i) => [i, ...layers].join(' '));
    return { tokens, text: Buffer.concat(pieces).toString('utf8'), checksums };
  };
}

/** An emulated board with its flash in the state folder; what it lacks is flashed. */
export function emulatedDevice(name: string, ...programs: string[]): TestDevice {
  return {
    name: `${name}, emulated`,
    programs: [...programs, 'perl', 'stty'],
    async open(image) {
      const board = await openBoard({ name, named: false, port: undefined }, silent);
      const { binPath, buildId } = await buildFirmware(name);
      await flashBoard(board, { path: binPath, buildId }, image, silent);
      const { port } = board;
      return {
        path: port.path,
        write: (bytes) => port.write(bytes),
        subscribe: (listener) => port.subscribe(listener),
        configure: (line) => port.configure(line),
        close: () => board.close(),
      };
    },
  };
}

export const storyDevices: readonly TestDevice[] = [
  ...hostDevices,
  emulatedDevice('stm32f405', 'qemu-system-arm', 'arm-none-eabi-gcc'),
];
