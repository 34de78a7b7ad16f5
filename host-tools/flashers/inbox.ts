// Bytes that arrive on a port, taken one request at a time with a limit on the wait.
import { DeviceError } from '../contracts/errors.ts';
import type { Port } from '../link/port.ts';

export interface Inbox {
  /** The next bytes; undefined when fewer came within the time. Rejects with a DeviceError when the port is gone. */
  take(count: number, limitMs: number): Promise<Uint8Array | undefined>;
  /** Throws away what came. */
  clear(): void;
  close(): void;
}

export function openInbox(port: Port): Inbox {
  let waiting = Buffer.alloc(0);
  let gone: string | undefined;
  let wake: (() => void) | undefined;
  const unsubscribe = port.subscribe({
    data(bytes) {
      waiting = Buffer.concat([waiting, bytes]);
      wake?.();
    },
    closed(reason) {
      gone = reason;
      wake?.();
    },
  });
  return {
    take(count, limitMs) {
      return new Promise((resolve, reject) => {
        const end = (): void => {
          clearTimeout(timer);
          wake = undefined;
        };
        const timer = setTimeout(() => {
          end();
          resolve(undefined);
        }, limitMs);
        wake = () => {
          if (waiting.length >= count) {
            end();
            const taken = Uint8Array.from(waiting.subarray(0, count));
            waiting = waiting.subarray(count);
            resolve(taken);
          } else if (gone !== undefined) {
            end();
            reject(
              new DeviceError(`${port.path} is gone: ${gone}`, 'is the board still attached and powered?'),
            );
          }
        };
        wake();
      });
    },
    clear() {
      waiting = Buffer.alloc(0);
    },
    close: unsubscribe,
  };
}
