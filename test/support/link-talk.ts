// Talks to a device as a host does, for the tests of the link.
import type {
  DoneEvent,
  GenerateOptions,
  LinkEvent,
  Prompt,
  TokenEvent,
} from '../../host-tools/link/events.ts';
import { sessionLimits } from '../../host-tools/link/session.ts';
import type { Session } from '../../host-tools/link/session.ts';

/** Limits that give up sooner, so that a test of a bad line is short. */
export const quick = { ...sessionLimits, helloMs: 300, answerMs: 300, silenceMs: 3_000 };

/** What a generation told. */
export interface Told {
  tokens: TokenEvent[];
  checksums: number;
  text: string;
  done: DoneEvent;
}

export async function tell(
  session: Session,
  prompt: Prompt,
  options: GenerateOptions,
  signal?: AbortSignal,
): Promise<Told> {
  const events: LinkEvent[] = [];
  for await (const event of session.generate(prompt, options, signal)) events.push(event);
  const tokens = events.filter((event) => event.kind === 'token');
  return {
    tokens,
    checksums: events.filter((event) => event.kind === 'checksum').length,
    text: Buffer.concat(tokens.map((token) => token.text)).toString(),
    done: events.at(-1) as DoneEvent,
  };
}
