// Other processes of this machine, as /proc tells of them.
import { readFileSync } from 'node:fs';

/** The processes that a process has started and not yet waited for. */
export function childrenOf(pid: number): number[] {
  const task = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return task === '' ? [] : task.split(' ').map(Number);
}

/** The name of the program that a process runs, cut after 15 characters; empty when it is gone. */
export function programOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return '';
  }
}

/** Whether it runs: a process that has ended and that nobody has waited for does not. */
export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
