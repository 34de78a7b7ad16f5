// What measure needs of a device that writes stories, and how one is opened: image built, board found, flashed, session open.
import type { Board } from '../../boards/board.ts';
import { DeviceError } from '../contracts/errors.ts';
import type { Evidence } from '../measure/figure.ts';
import type { RunFile } from '../measure/record.ts';
import type { Io } from './command.ts';
import type { StoryOptions } from './story-options.ts';
import type { Counter, Writer } from './take-run.ts';

export interface StoryRequest {
  /** Name of the board. */
  name: string;
  board: Board;
  /** As a person gives it; undefined is the shipped default. */
  model: string | undefined;
  port: string | undefined;
  story: StoryOptions;
}

export interface StoryDevice extends Writer {
  readonly emulated: boolean;
  /** What runs on it, for the record. */
  readonly identity: Pick<RunFile, 'firmware' | 'image' | 'model'>;
  /** Counts the instructions of each step; undefined where nothing does. */
  readonly counter: Counter | undefined;
  /** What `deviceTimeUs` and `stepUs` are, where times come from them. */
  readonly clock: { evidence: Evidence; source: string };
  close(): Promise<void>;
}

export type OpenStoryDevice = (request: StoryRequest, io: Io) => Promise<StoryDevice>;

export const openStoryDevice: OpenStoryDevice = async ({ name }) => {
  throw new DeviceError(`${name} cannot be opened yet`);
};
