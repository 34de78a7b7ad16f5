// Talks to a device as a host does, for the tests of the link.
import type {
  DoneEvent,
  GenerateOptions,
  LinkEvent,
  Prompt,
  TokenEvent,
} from '../../host-tools/link/events.ts';
import type { Session, sessionLimits } from '../../host-tools/link/session.ts';
import { hangMs } from './until.ts';

const helloMs = 2_000;
const againMs = 300;

/** Limits for a good line, on which nothing is lost: only a device that hangs is given up. */
export const patient: typeof sessionLimits = {
  ...{ helloMs, helloAttempts: hangMs / helloMs },
  ...{ answerMs: hangMs, attempts: 1, silenceMs: hangMs },
};

/** Limits for a bad line: what is lost is asked for again soon, and as often as it takes. */
export const stubborn: typeof sessionLimits = {
  ...{ helloMs: againMs, helloAttempts: hangMs / againMs },
  ...{ answerMs: againMs, attempts: hangMs / againMs, silenceMs: hangMs },
};

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
