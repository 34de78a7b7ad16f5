// Which emulated boards run on this machine for this user: one file for each in the state folder.
import { linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DeviceError } from '../contracts/errors.ts';
import { stateFolder } from '../toolchain/paths.ts';

export interface RunningBoard {
  board: string;
  /** Path of its serial port. */
  port: string;
  /** Path of its control socket. */
  control: string;
  pid: number;
  /** When the process started, in the kernel's clock ticks: process ids are used again. Empty where there is no /proc. */
  started: string;
}

function folder(): string {
  return join(stateFolder(), 'running');
}

function fileOf(board: string): string {
  return join(folder(), `${board}.json`);
}

/** Start time of a process, field 22 of /proc/<pid>/stat; empty when it has ended (also as a zombie) or there is no /proc. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? '' : (fields[19] ?? '');
  } catch {
    return '';
  }
}

function isAlive(entry: RunningBoard): boolean {
  try {
    process.kill(entry.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return entry.started === startOf(entry.pid);
}

function read(path: string): RunningBoard | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as RunningBoard;
  } catch {
    return undefined;
  }
}

/** The boards that run now, by name. */
export function runningBoards(): RunningBoard[] {
  let names: string[];
  try {
    names = readdirSync(folder()).filter((name) => name.endsWith('.json'));
  } catch {
    return [];
  }
  const entries = names.sort().map((name) => read(join(folder(), name)));
  return entries.filter((entry): entry is RunningBoard => entry !== undefined && isAlive(entry));
}

/** The running board of a name, if there is one. */
export function runningBoard(name: string): RunningBoard | undefined {
  return runningBoards().find((entry) => entry.board === name);
}

/**
 * Enters a board of this process, and returns a function that takes it out again.
 * Throws a DeviceError when a board of that name already runs: two would write the same flash.
 */
export function registerBoard(entry: { board: string; port: string; control: string }): () => void {
  mkdirSync(folder(), { recursive: true, mode: 0o700 });
  const path = fileOf(entry.board);
  const own = `${path}.${process.pid}`;
  const mine: RunningBoard = { ...entry, pid: process.pid, started: startOf(process.pid) };
  writeFileSync(own, `${JSON.stringify(mine)}\n`);
  try {
    for (let attempt = 0; attempt < 3; attempt++) {
      if (tryLink(own, path)) return () => takeOut(path, mine);
      const other = read(path);
      if (other && isAlive(other)) throw alreadyRuns(other);
      moveAway(path);
    }
  } finally {
    rmSync(own, { force: true });
  }
  throw new DeviceError(`${path} cannot be taken over`, 'delete it when no emulated board runs');
}

/** A link appears complete or not at all, and only where no file is yet. */
function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Removes the file of a board that is gone; puts it back when another process was quicker and it is a living board's. */
function moveAway(path: string): void {
  const away = `${path}.gone.${process.pid}`;
  try {
    renameSync(path, away);
  } catch {
    return;
  }
  const moved = read(away);
  if (moved && isAlive(moved)) tryLink(away, path);
  rmSync(away, { force: true });
}

function takeOut(path: string, mine: RunningBoard): void {
  const entry = read(path);
  if (entry?.pid === mine.pid && entry.port === mine.port) rmSync(path, { force: true });
}

function alreadyRuns(other: RunningBoard): DeviceError {
  return new DeviceError(
    `an emulated ${other.board} already runs (process ${other.pid}, port ${other.port})`,
    `use its port, or end it first: kill ${other.pid}`,
  );
}
