// `ternlet measure`: has a board write a story, with the speed and the joules of every token.
import { join } from 'node:path';
import { Option } from 'commander';
import { loadBoard } from '../../boards/board.ts';
import type { Board } from '../../boards/board.ts';
import { exitCodes, UserError } from '../contracts/errors.ts';
import { countedTiming, cycleModelOf } from '../measure/cycle-models.ts';
import type { CountedTiming } from '../measure/cycle-models.ts';
import { addProfile, emptyProfile } from '../measure/profile.ts';
import { formatRecord } from '../measure/record.ts';
import type { Profile, RunFile } from '../measure/record.ts';
import { renderReport } from '../measure/report.ts';
import { summarize } from '../measure/summarize.ts';
import { summaryJson } from '../measure/summary-json.ts';
import { renderTable } from '../measure/table.ts';
import { emulatedMeter, meterNames } from '../meters/index.ts';
import { stateFolder } from '../toolchain/paths.ts';
import { saveFile } from '../toolchain/save-file.ts';
import { toolVersion } from '../toolchain/version.ts';
import { addBoardOptions, boardChoiceOf } from './board-options.ts';
import type { Io, Verb } from './command.ts';
import { requireText } from './prompt.ts';
import { readText } from './read-text.ts';
import { fileNameOf } from './report.ts';
import { openStoryDevice } from './story-device.ts';
import type { OpenStoryDevice, StoryDevice } from './story-device.ts';
import { addStoryOptions, storyOptionsOf } from './story-options.ts';
import type { StoryOptions } from './story-options.ts';
import { takeRun } from './take-run.ts';
import type { RunParts, ToldToken } from './take-run.ts';

const defaultPrompt = 'Once upon a time';

export const measure: Verb = {
  name: 'measure',
  declare(command) {
    command.argument('[prompt]', `how the story begins (default: "${defaultPrompt}")`);
    addBoardOptions(addStoryOptions(command), true)
      .option('--prompts <file>', 'one prompt a line, each for a story of its own')
      .option(
        '--model <model>',
        'shipped name, checkpoint folder or .tern file (default: the shipped story model)',
      )
      .addOption(
        new Option('--meter <name>', 'what measures power (default: emulated where the board is)').choices([
          ...meterNames,
        ]),
      )
      .option('--profile', 'tell where the cycles of a token went, by operator (emulated boards)')
      .option('--report <file>', 'where to write the HTML report (default: in the state folder)')
      .option('--record <file>', 'where to write the record (default: in the state folder)')
      .option('--json', 'print one JSON document')
      .addHelpText('after', '\nExample:\n  ternlet measure "The little fox" --report fox.html');
  },
  run: (args, options, io) => measureWith(openStoryDevice, args, options, io),
};

/** The verb, with what opens a device; tests hand in a made-up one. */
export async function measureWith(
  open: OpenStoryDevice,
  [prompt]: readonly string[],
  options: Readonly<Record<string, unknown>>,
  io: Io,
): Promise<number> {
  const prompts = promptsOf(prompt, options['prompts'] as string | undefined);
  const choice = boardChoiceOf(options);
  const { name } = choice;
  const board = await loadBoard(name);
  const story = storyOptionsOf(options);
  const model = options['model'] as string | undefined;
  const profile = options['profile'] === true;
  const device = await open({ ...choice, board, model, story, profile }, io);
  try {
    const counted = device.counter && countedTiming(board);
    const timing: RunFile['timing'] = counted ?? { kind: 'clock', ...device.clock };
    const meter = meterFor(options['meter'] as string | undefined, name, board, counted);
    const tell = options['json'] === true ? undefined : io;
    const session = { device, name, board, timing, meter, story, prompts, profile, tell };
    return await publish(await recordOf(session, io), options, io);
  } finally {
    await device.close();
  }
}

/** The prompt of the command line, or the lines of a file; blank lines are left out. */
function promptsOf(prompt: string | undefined, path: string | undefined): string[] {
  if (path === undefined) return [requireText(prompt ?? defaultPrompt)];
  if (prompt !== undefined) throw new UserError('a prompt and --prompts are both given', 'give one of them');
  const lines = readText(path).split(/\r?\n/);
  const prompts = lines.filter((line) => line.trim() !== '');
  if (prompts.length === 0) throw new UserError(`${path} holds no prompt`, 'write one prompt a line');
  return prompts;
}

/** How to make the meter of a run; undefined where there are to be no joules. */
function meterFor(
  asked: string | undefined,
  name: string,
  board: Board,
  counted: CountedTiming | undefined,
): RunParts['meter'] {
  const { power } = board;
  const possible = power !== undefined && counted !== undefined;
  if (asked === 'none' || (asked === undefined && !possible)) return undefined;
  if (!possible) {
    throw new UserError(
      `${name} has no emulated meter: ${power === undefined ? 'its currents are not known' : 'nothing counts its instructions'}`,
      'say --meter none for times without joules',
    );
  }
  const { cyclesOf } = cycleModelOf(counted);
  return (subscribe) => emulatedMeter({ power, clockHz: board.clockHz, cyclesOf, subscribe });
}

interface Session {
  device: StoryDevice;
  name: string;
  board: Board;
  timing: RunFile['timing'];
  meter: RunParts['meter'];
  story: StoryOptions;
  prompts: readonly string[];
  /** Whether a profile was asked for. */
  profile: boolean;
  /** Where the stories are told while they are written. */
  tell: Io | undefined;
}

async function recordOf(session: Session, io: Io): Promise<RunFile> {
  const { device, name, board, timing, meter, story } = session;
  const identity = await meter?.(() => () => undefined).identify();
  const { runs, profile, reasons } = await takeRuns(session, io);
  return {
    format: 'ternlet-record',
    version: 1,
    tool: { name: 'ternlet', version: toolVersion() },
    taken: new Date().toISOString(),
    board: { name, title: board.title, clockHz: board.clockHz, emulated: device.emulated },
    ...device.identity,
    sampler: {
      temperature: story.temperatureMilli / 1000,
      topK: story.topK,
      topP: story.topPMilli / 1000,
      seed: story.seed,
      maxTokens: story.maxTokens,
    },
    timing,
    meter: identity ?? null,
    runs,
    ...(session.profile && { profile }),
    integrity: { complete: reasons.length === 0, reasons },
  };
}

/** Takes one run for each prompt; the first that is incomplete ends it. */
async function takeRuns(
  { device, meter, story, prompts, tell }: Session,
  io: Io,
): Promise<{ runs: RunFile['runs']; profile: Profile; reasons: string[] }> {
  const runs: RunFile['runs'] = [];
  const profile = emptyProfile();
  const reasons: string[] = [];
  for (const prompt of prompts) {
    let told = Promise.resolve();
    let untold = prompt;
    const onToken = ({ phase, output, text }: ToldToken): void => {
      // The prompt is told when it has been read to its end: a device may refuse it before.
      if (!tell || (phase === 'prefill' && output === null)) return;
      const words = untold + text;
      untold = '';
      told = told.then(() => tell.write(words));
      told.catch(() => undefined); // It is awaited when the story has ended.
    };
    const taken = await takeRun({ writer: device, counter: device.counter, meter }, prompt, onToken);
    await told;
    await tell?.write('\n\n');
    io.signal.throwIfAborted();
    runs.push(taken.run);
    addProfile(profile, taken.profile);
    reasons.push(...taken.reasons);
    if (taken.run.ended === 'max_tokens') {
      io.log(`The story was cut after ${story.maxTokens} tokens; --max-tokens sets how long it may get.`);
    }
    if (taken.reasons.length > 0) break;
  }
  return { runs, profile, reasons };
}

/** Writes record and report, and says what is in them; the exit code. */
async function publish(record: RunFile, options: Readonly<Record<string, unknown>>, io: Io): Promise<number> {
  const base = join(stateFolder(), 'reports', fileNameOf(record));
  const places = {
    record: (options['record'] as string | undefined) ?? `${base}.json`,
    report: (options['report'] as string | undefined) ?? `${base}.html`,
  };
  saveFile(places.record, formatRecord(record));
  saveFile(places.report, renderReport([record]));
  const summary = summarize(record);
  if (options['json'] === true) await io.write(`${JSON.stringify(summaryJson(record, summary, places))}\n`);
  else if (summary.complete) await io.write(`${renderTable(record, summary)}\n`);
  else io.log(renderTable(record, summary));
  io.log(`record: ${places.record}`);
  io.log(`report: ${places.report}`);
  return summary.complete ? exitCodes.done : exitCodes.device;
}
