// Harnesses of emulated cores, each built once for all tests of a process.
import { cores } from './cores.ts';
import type { CoreName } from './cores.ts';
import { chipHarness } from './kernel-harness.ts';
import type { Harness } from './kernel-harness.ts';
import { temporaryFolder } from './temporary.ts';

const built = new Map<CoreName, Promise<Harness>>();

/** The harness of an emulated core. */
export function builtHarness(name: CoreName): Promise<Harness> {
  const harness = built.get(name) ?? chipHarness(cores[name], temporaryFolder());
  built.set(name, harness);
  return harness;
}
