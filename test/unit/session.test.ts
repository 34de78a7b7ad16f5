// The session of a host with a device whose port goes away: one error at the call that met it, and nothing behind its back.
import { assert } from 'chai';
import { DeviceError } from '../../host-tools/contracts/errors.ts';
import type { Port, PortListener } from '../../host-tools/link/port.ts';
import { openSession } from '../../host-tools/link/session.ts';

const limits = { helloMs: 50, helloAttempts: 2, answerMs: 50, attempts: 2, silenceMs: 50 };

/** A port whose other end goes away within a write; the write itself fails or succeeds. */
function vanishingPort(write: 'fails' | 'succeeds'): Port {
  const listeners = new Set<PortListener>();
  return {
    path: 'the test port',
    write: async () => {
      for (const listener of listeners) listener.closed('it was unplugged');
      if (write === 'fails') throw new DeviceError('the test port is gone: it was unplugged');
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    configure: async () => undefined,
    close: async () => undefined,
  };
}

describe('a session whose port vanishes within a write', () => {
  const unhandled: unknown[] = [];
  const keep = (reason: unknown): void => void unhandled.push(reason);
  before(() => process.on('unhandledRejection', keep));
  after(() => process.off('unhandledRejection', keep));

  for (const write of ['fails', 'succeeds'] as const) {
    it(`rejects once, with the port and the reason, where the write ${write}`, async () => {
      const error = await openSession(vanishingPort(write), limits).catch((reason: unknown) => reason);
      assert.instanceOf(error, DeviceError);
      assert.match(error.message, /the test port is gone: it was unplugged/);
      await new Promise((resolve) => setTimeout(resolve, 10)); // Rejections are told after the microtasks.
      assert.isEmpty(unhandled);
    });
  }
});
