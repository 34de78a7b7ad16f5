// Counts whole tokens of shipped models on emulated boards, as `ternlet measure --profile` does.
import { loadBoard } from '../../boards/board.ts';
import type { Io } from '../../host-tools/commands/command.ts';
import { openStoryDevice } from '../../host-tools/commands/story-device.ts';
import type { StoryOptions } from '../../host-tools/commands/story-options.ts';
import { takeRun } from '../../host-tools/commands/take-run.ts';
import type { TakenRun } from '../../host-tools/commands/take-run.ts';
import { countedTiming } from '../../host-tools/measure/cycle-models.ts';
import { rangeOf, scale, sum } from '../../host-tools/measure/figure.ts';
import type { Figure, Range } from '../../host-tools/measure/figure.ts';
import { profileOf } from '../../host-tools/measure/profile.ts';
import type { PhaseProfile } from '../../host-tools/measure/profile.ts';
import type { TokenFigures } from './record.ts';

export const tokenModels = ['stories-60k', 'stories-300k', 'stories-1m', 'stories-1m-official'] as const;
export const tokenBoards = ['stm32f405', 'pico', 'virt'] as const;

/** Of at least 24 tokens in the vocabulary of each model. */
export const prompt =
  'Once upon a time, there was a little fox who lived in a big forest. One day, the fox found a red ball near the old tree.';
export const nDecoded = 24;

/** The first token that is written comes from the last one of the prompt. */
const story: StoryOptions = {
  maxTokens: nDecoded + 1,
  temperatureMilli: 0,
  topK: 0,
  topPMilli: 1000,
  seed: 1,
};

const silent: Io = {
  write: async () => undefined,
  log: () => undefined,
  progress: () => undefined,
  signal: new AbortController().signal,
};

/** Has an emulated board write the story once. Rejects where it does not come to its end. */
async function runOf(model: string, name: string): Promise<TakenRun> {
  const board = await loadBoard(name);
  const request = { name, named: true, board, model, port: undefined, story, profile: true };
  const device = await openStoryDevice(request, silent);
  try {
    const taken = await takeRun(
      { writer: device, counter: device.counter, meter: undefined },
      prompt,
      () => undefined,
    );
    const nWritten = taken.run.tokens.filter(({ phase }) => phase === 'decode').length;
    const problems = [
      ...taken.reasons,
      ...(nWritten === nDecoded ? [] : [`${nWritten} tokens were written`]),
    ];
    if (problems.length > 0) throw new Error(`${model} on ${name}: ${problems.join('; ')}`);
    return taken;
  } finally {
    await device.close();
  }
}

function totalOf({ operators }: PhaseProfile): Figure {
  return sum(operators.map(({ cycles }) => cycles));
}

/** Of two ranges whose ends move together. */
function ratioOf(a: Range, b: Range): Range {
  const ends = [a.low / b.low, a.high / b.high];
  return { low: Math.min(...ends), high: Math.max(...ends) };
}

/** All figures of a model on a board. */
export async function tokenFigures(model: string, name: string): Promise<TokenFigures> {
  const board = await loadBoard(name);
  const timing = countedTiming(board)!;
  const { run, profile } = await runOf(model, name);
  const { prefill, decode } = profileOf({ profile, timing, runs: [run] })!;
  const [read, written] = [totalOf(prefill!), totalOf(decode!)];
  const seconds = rangeOf(scale(written, 1 / board.clockHz, 's/token').value);
  return {
    ...{ model, board: name, clockHz: board.clockHz, evidence: written.evidence },
    tokensPerSecond: { low: 1 / seconds.high, high: 1 / seconds.low },
    decodeCycles: rangeOf(written.value),
    prefillCycles: rangeOf(read.value),
    prefillToDecode: ratioOf(rangeOf(read.value), rangeOf(written.value)),
    operators: decode!.operators.map((part) => ({
      ...{ name: part.name, title: part.title, isProduct: part.isProduct },
      share: rangeOf(part.share.value),
    })),
    rest: rangeOf(decode!.rest.share.value),
  };
}
