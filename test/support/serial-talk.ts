// A few words with what answers on a port, for tests.
import { openSerialPort } from '../../host-tools/link/serial.ts';
import type { Port } from '../../host-tools/link/port.ts';
import { hangMs, pause, until } from './until.ts';

export interface Talk {
  port: Port;
  /** Everything heard so far, as Latin-1 text. */
  readonly heard: () => string;
  /** Waits for a text behind the last that was waited for; throws with what was heard when it does not come. */
  readonly expect: (text: string) => Promise<void>;
  readonly say: (text: string) => Promise<void>;
  /** Why the port was lost; resolves when it is. */
  lost: Promise<string>;
  readonly close: () => Promise<void>;
}

const wakeMs = 50;

/** Talks to a board that may still be booting: what is said to it before is lost, so a dot is sent until one comes back. */
export async function talkAwake(path: string): Promise<Talk> {
  const talking = await talk(path);
  for (let waitedMs = 0; !talking.heard().includes('.'); waitedMs += wakeMs) {
    if (waitedMs >= hangMs) throw new Error(`the board at ${path} does not wake up`);
    await talking.say('.');
    await pause(wakeMs);
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
    async expect(text) {
      const what = (): string => `${JSON.stringify(text)} in ${JSON.stringify(heard)}`;
      await until(() => heard.indexOf(text, from) >= 0, what);
      from = heard.indexOf(text, from) + text.length;
    },
    say: (text) => port.write(Buffer.from(text, 'latin1')),
    close: () => port.close(),
  };
}
