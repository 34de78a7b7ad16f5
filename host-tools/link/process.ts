// A native device as a port: a child process whose standard input and output are the UART.
import { spawn } from 'node:child_process';
import { DeviceError } from '../contracts/errors.ts';
import type { Port, PortListener } from './port.ts';

/** Time that the process has to end by itself when the port is closed. */
const endLimitMs = 1_000;

/** Starts the executable of buildNative with an image file; the process ends with the port, or with this process. */
export function openProcess(executable: string, imagePath: string): Port {
  const listeners = new Set<PortListener>();
  let gone: string | undefined;
  let said = '';
  const child = spawn(executable, [], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, TERNLET_IMAGE: imagePath },
  });
  const end = (reason: string): void => {
    if (gone !== undefined) return;
    gone = reason;
    for (const listener of [...listeners]) listener.closed(reason);
  };
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  child.stdout.on('data', (bytes: Buffer) => {
    for (const listener of [...listeners]) listener.data(bytes);
  });
  child.stderr.on('data', (bytes: Buffer) => (said += bytes.toString('utf8')));
  child.stdin.on('error', () => undefined); // Its end is told by 'close'.
  child.once('error', (error) => end(error.message));
  const closed = new Promise<void>((resolve) => {
    child.once('close', (code, signal) => {
      process.removeListener('exit', kill);
      end(said.trim() || `the process ended (${signal ?? `exit code ${code}`})`);
      resolve();
    });
  });
  return {
    path: executable,
    write(bytes) {
      if (gone !== undefined) return Promise.reject(new DeviceError(`the device process is gone: ${gone}`));
      return new Promise((resolve, reject) => {
        child.stdin.write(bytes, (error) => {
          if (error) reject(new DeviceError(`the device process is gone: ${error.message}`));
          else resolve();
        });
      });
    },
    subscribe(listener) {
      listeners.add(listener);
      if (gone !== undefined) listener.closed(gone);
      return () => void listeners.delete(listener);
    },
    configure: () => Promise.resolve(),
    async close() {
      if (gone !== undefined) return closed;
      child.stdin.end();
      const timer = setTimeout(kill, endLimitMs);
      await closed;
      clearTimeout(timer);
    },
  };
}
