// A few words with what answers on a port, for tests.
import { openSerialPort } from '../../host-tools/link/serial.ts';
import type { Port } from '../../host-tools/link/port.ts';
import { pause, until } from './until.ts';

export interface Talk {
  port: Port;
  /** Everything heard so far, as Latin-1 text. */
  readonly heard: () => string;
  /** Waits for a text; throws after the limit with what was heard. */
  readonly expect: (text: string, limitMs?: number) => Promise<void>;
  readonly say: (text: string) => Promise<void>;
  /** Why the port was lost; resolves when it is. */
  lost: Promise<string>;
  readonly close: () => Promise<void>;
}

/** Talks to a board that may still be booting: what is said to it before is lost, so a dot is sent until one comes back. */
export async function talkAwake(path: string): Promise<Talk> {
  const talking = await talk(path);
  for (let attempt = 0; !talking.heard().includes('.'); attempt++) {
    if (attempt === 100) throw new Error(`the board at ${path} does not wake up`);
    await talking.say('.');
    await pause(50);
  }
  await talking.expect('.');
  return talking;
}

export async function talk(path: string): Promise<Talk> {
  return talkOn(await openSerialPort(path, { baud: 115_200 }));
}

/** On a port that is open; hears what comes from now on, as long as it is. */
export function talkOn(port: Port): Talk {
  let heard = '';
  let from = 0;
  const lost = new Promise<string>((resolve) => {
    port.subscribe({ data: (bytes) => (heard += Buffer.from(bytes).toString('latin1')), closed: resolve });
  });
  return {
    port,
    lost,
    heard: () => heard,
    async expect(text, limitMs = 5_000) {
      const what = (): string => `${JSON.stringify(text)} in ${JSON.stringify(heard)}`;
      await until(() => heard.indexOf(text, from) >= 0, what, limitMs);
      from = heard.indexOf(text, from) + text.length;
    },
    say: (text) => port.write(Buffer.from(text, 'latin1')),
    close: () => port.close(),
  };
}
