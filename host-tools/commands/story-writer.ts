// A session with a device as what writes a story for a run.
import { DeviceError, UserError } from '../contracts/errors.ts';
import type { DoneEvent } from '../link/events.ts';
import type { Session } from '../link/session.ts';
import type { StoryOptions } from './story-options.ts';
import type { Writer } from './take-run.ts';

/** Statuses that are about what was asked, not about the device. */
const promptStatuses: ReadonlySet<string | undefined> = new Set([
  'unencodable',
  'word_too_long',
  'bad_utf8',
  'bad_token',
]);

/** The character of a prompt that a device complains about, by its byte. */
function characterAt(prompt: string, offset: number): string {
  const bytes = new TextEncoder().encode(prompt).subarray(offset);
  const [character] = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  return character === undefined ? 'its end' : JSON.stringify(character);
}

/** Why a generation ended badly, as an error: the person's where the prompt is to blame, else the device's. */
export function generationError({ status, offset }: DoneEvent, prompt: string): UserError {
  if (!promptStatuses.has(status.name)) return new DeviceError(`the device ended the story: ${status.words}`);
  return new UserError(
    `${status.words}: ${characterAt(prompt, offset)} at byte ${offset}`,
    'leave it out or write it otherwise',
  );
}

/** Text may be cut inside a character between two tokens: it is told with the token that completes it. */
export function storyWriter(
  session: Pick<Session, 'generate'>,
  story: StoryOptions,
  signal: AbortSignal,
): Writer {
  return {
    async write(prompt, onToken) {
      const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
      for await (const event of session.generate({ text: prompt }, story, signal)) {
        if (event.kind === 'token') {
          onToken({
            index: event.index,
            phase: event.phase,
            id: event.input,
            output: event.output ?? null,
            text: decoder.decode(event.text, { stream: true }),
            deviceTimeUs: event.timeUs,
            stepUs: event.stepUs,
            ...(event.shared === 2 && { shared: event.shared }),
          });
        } else if (event.kind === 'done') {
          if (event.reason === 'error') throw generationError(event, prompt);
          return event.reason;
        }
      }
      throw new DeviceError('the device stopped in the middle of a story');
    },
  };
}
