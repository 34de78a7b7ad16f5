// Builds what runs on a board, or finds it built already: nothing is compiled twice, and a released package needs no compiler.
import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { loadBoard } from '../../boards/board.ts';
import type { Board } from '../../boards/board.ts';
import { UserError } from '../contracts/errors.ts';
import { buildIdText } from '../contracts/firmware.ts';
import { chipPlan, nativePlan, wasmPlan } from './build-plan.ts';
import type { BuildCommand, BuildId, BuildPlan, Target } from './build-plan.ts';
import { readFunctions } from './elf.ts';
import type { CodeFunction } from './elf.ts';
import { packageRoot, stateFolder } from './paths.ts';
import { findProgram, run } from './run.ts';
import { runWasmClang, wasmClangVersion } from './wasm-clang.ts';

/** A compiler, with the flags that tell two builds of the same sources apart. */
export interface Compiler {
  name: string;
  version: string;
  flags: string;
}

/** A built device. */
export interface Build {
  /** 16 hexadecimal digits: a hash of sources, flags and the compiler's version, which the device also tells. */
  buildId: string;
  /** What runs or is flashed: flat binary, executable or .wasm. */
  path: string;
  /** With symbols; only for chips, and only where it was built on this machine. */
  elfPath?: string;
  bytes: number;
  /** The code of a chip's firmware by function; undefined for other targets. */
  functions?: readonly CodeFunction[];
  /** What compiled the engine; undefined where the build does not say. */
  compiler?: Compiler;
  /** Whether this call compiled it. */
  compiled: boolean;
}

type Planner = (name: string, board: Board, files: readonly string[], out: string, id: BuildId) => BuildPlan;
const planners: Readonly<Record<Target, Planner>> = { chip: chipPlan, native: nativePlan, wasm: wasmPlan };

/** What a caller may do to a build. */
export interface BuildOptions {
  /** Is told when a build is not there and is made now. */
  started?(): void;
  /** Ends the compilers when aborted; the build then rejects. */
  signal?: AbortSignal;
}

/** Firmware of a board with a chip. Rejects with a UserError when a compiler is needed and missing. */
export async function buildFirmware(
  name: string,
  options?: BuildOptions,
): Promise<Build & { binPath: string }> {
  const build = await buildTarget(name, 'chip', options);
  return { ...build, binPath: build.path };
}

/** The host board as an executable of this machine; needs a C compiler. */
export function buildNative(options?: BuildOptions): Promise<Build> {
  return buildTarget('host', 'native', options);
}

/** The host board as WebAssembly; this takes the clang of npm up to a minute. */
export function buildWasm(options?: BuildOptions): Promise<Build> {
  return buildTarget('host', 'wasm', options);
}

/** All source files below firmware/, relative to the root, sorted. */
export function firmwareFiles(root = packageRoot()): string[] {
  const folder = join(root, 'firmware');
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.([chS]|ld)$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .sort();
}

/** Names sources, flags and compiler: equal for equal builds, whatever the folder and the time. */
export function buildIdOf(plan: BuildPlan, compilerVersion: string, root = packageRoot()): BuildId {
  const hash = createHash('sha256').update(JSON.stringify([plan.commands, compilerVersion]));
  for (const path of plan.inputs) hash.update(`\0${path}\0`).update(readFileSync(join(root, path)));
  const digest = hash.digest();
  return { low: digest.readUInt32LE(0), high: digest.readUInt32LE(4) };
}

/** Where builds go: beside the sources, or to the user's folder where those cannot be written to. */
function buildFolder(root: string): string {
  try {
    accessSync(root, constants.W_OK);
    return join(root, 'build');
  } catch {
    return join(stateFolder(), 'build');
  }
}

async function buildTarget(name: string, target: Target, options: BuildOptions = {}): Promise<Build> {
  const root = packageRoot();
  const board = await loadBoard(name);
  const files = firmwareFiles(root);
  const label = target === 'chip' ? name : `${name}-${target}`;
  const shipped = join(root, 'dist', 'firmware', label);
  if (files.length === 0) {
    const found = findBuild(shipped);
    if (found) return found;
    throw new UserError(
      `this package has neither the firmware of ${name} nor its sources`,
      'install ternlet again',
    );
  }
  const plan = (out: string, id: BuildId): BuildPlan => planners[target](name, board, files, out, id);
  const blank = plan('out', { low: 0, high: 0 });
  const idBy = (version: string): BuildId => buildIdOf(blank, version, root);
  const isOurs = ({ buildId, compiler }: Build): boolean =>
    compiler !== undefined && buildId === idText(idBy(compiler.version));
  const out = join(buildFolder(root), 'firmware', label);
  // A shipped build needs no compiler here, nor does one of our own after its compiler was removed.
  const [brought, own] = [findBuild(shipped), findBuild(out)];
  if (brought && isOurs(brought)) return brought;
  const { tool } = engineCommand(blank.commands);
  const isGone = tool !== 'wasm-clang' && findProgram(tool) === undefined;
  if (own && isOurs(own) && (isGone || own.compiler!.version === (await versionOf(root, tool)))) return own;
  options.started?.();
  const id = idBy(await versionOf(root, tool));
  const record = await compile(root, out, (work) => plan(work, id), idText(id), options.signal);
  return { ...buildIn(out, record)!, compiled: true };
}

function idText({ low, high }: BuildId): string {
  return buildIdText(low, high);
}

/** What lies beside a finished build. */
interface BuildRecord {
  buildId: string;
  results: readonly string[];
  compiler?: Compiler | undefined;
  functions?: readonly CodeFunction[] | undefined;
}

/** A finished build in a folder. Another process may just put one there. */
function findBuild(folder: string): Build | undefined {
  let text: string;
  try {
    text = readFileSync(join(folder, 'build.json'), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  return buildIn(folder, JSON.parse(text) as BuildRecord);
}

function buildIn(folder: string, { buildId, results, compiler, functions }: BuildRecord): Build | undefined {
  const paths = results.map((result) => join(folder, result));
  if (!existsSync(paths[0]!)) return undefined;
  const elfPath = paths.find((path) => path.endsWith('.elf') && existsSync(path));
  const bytes = statSync(paths[0]!).size;
  return {
    buildId,
    path: paths[0]!,
    ...(elfPath !== undefined && { elfPath }),
    ...(compiler && { compiler }),
    ...(functions && { functions }),
    bytes,
    compiled: false,
  };
}

/**
 * Runs a plan in a folder of its own and then moves the results, so that two builds at once do no harm. What it gives back is
 * what it wrote beside them: the other build may just have taken that away, to put its own there.
 */
async function compile(
  root: string,
  out: string,
  plan: (work: string) => BuildPlan,
  buildId: string,
  signal: AbortSignal | undefined,
): Promise<BuildRecord> {
  const inRoot = { cwd: root, ...(signal && { signal }) };
  mkdirSync(out, { recursive: true });
  const work = mkdtempSync(join(out, 'work-'));
  try {
    const { commands, inputs, results } = plan(work);
    const isCompile = commands.map((command) => command.args.includes('-c'));
    await inParallel(
      commands.filter((_, i) => isCompile[i]),
      async ({ tool, args }) => void (await run(tool, args, inRoot)),
    );
    for (const { tool, args } of commands.filter((_, i) => !isCompile[i])) {
      if (tool === 'wasm-clang') await runWasmClang(root, inputs, args, join(work, results[0]!), signal);
      else await run(tool, args, inRoot);
    }
    const compiler = await compilerOf(root, commands);
    const elf = results.find((result) => result.endsWith('.elf'));
    const functions = elf === undefined ? undefined : readFunctions(readFileSync(join(work, elf)));
    const record: BuildRecord = { buildId, results, compiler, functions };
    rmSync(join(out, 'build.json'), { force: true });
    for (const result of results) renameSync(join(work, result), join(out, result));
    writeFileSync(join(work, 'build.json'), `${JSON.stringify(record)}\n`);
    renameSync(join(work, 'build.json'), join(out, 'build.json'));
    return record;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** The command that compiles the engine: it stands for the compiler. */
function engineCommand(commands: readonly BuildCommand[]): BuildCommand {
  return commands.find(({ args }) => args.some((arg) => arg.startsWith('firmware/engine/')))!;
}

/** Who compiles the engine, and how: without paths, and without what names the build itself. */
async function compilerOf(root: string, commands: readonly BuildCommand[]): Promise<Compiler> {
  const { tool, args } = engineCommand(commands);
  const flags = args.filter((arg) => arg.startsWith('-') && !/^-([IDco]|W[a-z])/.test(arg)).join(' ');
  return {
    name: tool === 'wasm-clang' ? '@yowasp/clang' : tool,
    version: await versionOf(root, tool),
    flags,
  };
}

const versions = new Map<string, Promise<string>>();

/** The version of a compiler, asked for once. Rejects with a UserError where it is missing. */
function versionOf(root: string, tool: string): Promise<string> {
  const ask = async (): Promise<string> => {
    if (tool === 'wasm-clang') return wasmClangVersion(root);
    return (await run(tool, ['-dumpfullversion', '-dumpversion'])).stdout.trim();
  };
  const version = versions.get(tool) ?? ask();
  versions.set(tool, version);
  return version;
}

async function inParallel<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const queue = [...items];
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
}
