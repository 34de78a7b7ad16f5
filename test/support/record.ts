// Records for tests: a story of an emulated board and one of the host, made up but of the right shape and size.
import type { RunFile, TokenRecord } from '../../host-tools/measure/record.ts';
import type { InstructionCounts, TokenCounts } from '../../host-tools/emulators/counts.ts';
import { cortexM4 } from '../../host-tools/measure/cortex-m4.ts';
import type { ArmCounts } from '../../host-tools/measure/cortex-m4.ts';
import { emulatedMeter } from '../../host-tools/meters/emulated.ts';
import { addCounts, halves } from '../../host-tools/measure/counts.ts';
import { alignByMarkers } from '../../host-tools/measure/align.ts';
import { meanWatts } from '../../host-tools/measure/integrate.ts';
import type { PowerSample } from '../../host-tools/meters/meter.ts';
import board from '../../boards/stm32f405/board.ts';

const { cyclesOf } = cortexM4;

const words = [
  'Once',
  ' upon',
  ' a',
  ' time',
  ',',
  ' there',
  ' was',
  ' a',
  ' little',
  ' fox',
  '.',
  '\n',
  'She',
  ' ran',
  ' <b>&"',
  '…',
];

/** Counts of about a million instructions that differ a little from token to token. */
export function countsOf(i: number): ArmCounts & { isr: number } {
  const extra = ((i * 7919) % 97) * 31;
  const classes = {
    load: 540_000 + extra,
    store: 61_000,
    ldm_stm: 900,
    mul: 21_000,
    div: 40,
    branch: 41_000,
    dsp: 0,
    fp: 0,
    other: 410_000 + extra,
  };
  const instructions = Object.values(classes).reduce((a, b) => a + b);
  return {
    instructions,
    classes,
    taken: 33_000,
    pipelined: 402_000,
    pipeline: {
      addressWaits: 5_100,
      writeBackWaits: 380,
      registerStores: 20,
      behindStores: 3_200,
      acrossWords: 126_000,
      literals: 170,
      folds: 3_100,
    },
    ldmRegisters: 4_100,
    flashReads: 210_000,
    flashLines: 13_100,
    codeLines: 420,
    ramReads: 331_000,
    ramWrites: 62_000,
    isr: 210,
  };
}

export function tokensOf(nPrefill: number, nDecode: number, counted: boolean): TokenRecord[] {
  return Array.from({ length: nPrefill + nDecode }, (_, index) => {
    const written = index - nPrefill + 1;
    return {
      index,
      phase: index < nPrefill ? ('prefill' as const) : ('decode' as const),
      id: (index * 37) % 512,
      output: written < 0 || index === nPrefill + nDecode - 1 ? null : ((index + 1) * 37) % 512,
      text: written < 0 || index === nPrefill + nDecode - 1 ? '' : words[written % words.length]!,
      deviceTimeUs: 10_000 + index * 9500,
      stepUs: 8600 + ((index * 13) % 11) * 7,
      ...(counted && { counts: countsOf(index) }),
    };
  });
}

/** Everything but the runs and what depends on the board. */
function frame(): Omit<RunFile, 'board' | 'timing' | 'meter' | 'runs'> {
  return {
    format: 'ternlet-record',
    version: 1,
    tool: { name: 'ternlet', version: '0.1.0' },
    taken: '2026-11-24T12:00:00.000Z',
    firmware: {
      buildId: '0123456789abcdef',
      sha256: 'ab'.repeat(32),
      compiler: { name: 'arm-none-eabi-gcc', version: '12.2.1', flags: '-O2 -mcpu=cortex-m4 -mthumb' },
    },
    image: { bytes: 214_532, crc32: '89abcdef', sha256: 'cd'.repeat(32) },
    model: {
      name: 'stories-1m',
      checkpointSha256: 'ef'.repeat(32),
      tokenizer: 'byte-fallback BPE, 1024 tokens',
    },
    sampler: { temperature: 0, topK: 0, topP: 1, seed: 1, maxTokens: 256 },
    integrity: { complete: true, reasons: [] },
  };
}

/** Runs the emulated meter over tokens; what `measure` does with a board. */
async function powerOf(tokens: readonly TokenRecord[]): Promise<RunFile['runs'][number]['power']> {
  const samples: PowerSample[] = [];
  let count: (counts: TokenCounts) => void = () => undefined;
  const meter = emulatedMeter<TokenCounts>({
    power: board.power,
    clockHz: board.clockHz,
    cyclesOf,
    subscribe: (listener) => ((count = listener), () => undefined),
  });
  await meter.start((more) => samples.push(...more));
  tokens.forEach(({ counts }) => count(counts!));
  await meter.stop();
  const alignment = alignByMarkers(samples, tokens.length);
  if ('refused' in alignment) throw new Error(alignment.refused);
  const windows = alignment.windows.map((window) => ({
    ...window,
    watts: meanWatts(samples, window.startUs, window.endUs)!,
  }));
  const idleWatts = meanWatts(samples, 0, windows[0]!.startUs)!;
  return { alignment: 'markers', windows, idleWatts, curve: samples };
}

export async function emulatedRecord(nPrefill = 6, nDecode = 90): Promise<RunFile> {
  const tokens = tokensOf(nPrefill, nDecode, true);
  const output = tokens.map(({ text }) => text).join('');
  return {
    ...frame(),
    board: { name: 'stm32f405', title: board.title, clockHz: board.clockHz, emulated: true },
    timing: { kind: 'counted', model: 'cortex-m4' },
    meter: {
      name: 'emulated',
      detail: board.power.source,
      evidence: 'estimated',
      error: 'none beyond the range of the model',
    },
    runs: [{ prompt: 'Once upon a time', output, ended: 'end', tokens, power: await powerOf(tokens) }],
  };
}

/** The same with a profile: of each token the look-ups take most, then tables, norms and the rest. */
export async function profiledRecord(): Promise<RunFile> {
  const record = await emulatedRecord(3, 5);
  const profile: NonNullable<RunFile['profile']> = { prefill: {}, decode: {} };
  for (const { phase, counts } of record.runs[0]!.tokens) {
    const { isr: _, ...whole } = counts as ReturnType<typeof countsOf>;
    for (const [name, part] of Object.entries(shareOut(whole))) {
      const before = profile[phase][name];
      profile[phase][name] = before ? addCounts(before, part) : part;
    }
  }
  return { ...record, profile };
}

/** Counts in eighths: their halves, the halves of those and of those, and what is left. */
function shareOut(whole: InstructionCounts): Record<string, InstructionCounts> {
  const names = ['look-ups', 'tables', 'norms'];
  const parts: Record<string, InstructionCounts> = {};
  let rest = whole;
  for (const name of names) {
    const [less, more] = halves({ ...rest, isr: 0 }).map(({ isr: _, ...part }) => part as InstructionCounts);
    [parts[name], rest] = [more!, less!];
  }
  return { ...parts, other: rest };
}

export function hostRecord(): RunFile {
  const tokens = tokensOf(6, 40, false);
  const output = tokens.map(({ text }) => text).join('');
  return {
    ...frame(),
    board: { name: 'host', title: 'This machine', clockHz: 0, emulated: false },
    timing: { kind: 'clock', evidence: 'measured', source: 'monotonic clock of the host' },
    meter: null,
    runs: [{ prompt: 'Once upon a time', output, ended: 'max_tokens', tokens, power: null }],
  };
}
