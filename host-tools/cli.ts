#!/usr/bin/env node
// `ternlet`: the only file that reads argv, prints and exits.
import { Command, CommanderError } from 'commander';
import { isatty } from 'node:tty';
import picocolors from 'picocolors';
import type { Io, Verb } from './commands/command.ts';
import { verbs } from './commands/index.ts';
import { exitCodes } from './contracts/errors.ts';
import { reasonOf } from './toolchain/save-file.ts';
import { toolVersion } from './toolchain/version.ts';

const { stdout, stderr, stdin } = process;
const colors = picocolors.createColors(picocolors.isColorSupported && isatty(stderr.fd));
const bar = { columns: 30, shown: false };
/** How long a verb may take to put things in order after Ctrl-C. */
const interruptedLimitMs = 10_000;

/** Signals that end the program; the shell's exit code for each. */
const signalCodes = { SIGINT: exitCodes.interrupted, SIGTERM: 143, SIGHUP: 129 } as const;
let endedBy: keyof typeof signalCodes | 'closed output' | undefined;
const abort = new AbortController();

/** Ends the program from outside the verb: it hears of it through its signal, and a second time is final. */
function end(why: NonNullable<typeof endedBy>): void {
  if (endedBy) {
    if (why !== 'closed output') leave(endCode());
    return;
  }
  endedBy = why;
  abort.abort(new DOMException(why, 'AbortError'));
  setTimeout(() => {
    io.log(`ternlet did not come to an end within ${interruptedLimitMs / 1000} s of ${why} and is stopped.`);
    leave(endCode());
  }, interruptedLimitMs).unref();
}

function endCode(): number {
  return endedBy === undefined || endedBy === 'closed output' ? exitCodes.done : signalCodes[endedBy];
}

function leave(code: number): never {
  clearBar();
  if (stdin.isTTY && stdin.isRaw) stdin.setRawMode(false);
  process.exit(code);
}

function clearBar(): void {
  if (bar.shown) stderr.write('\r\x1b[K');
  bar.shown = false;
}

const io: Io = {
  signal: abort.signal,
  write(text) {
    return new Promise((resolve, reject) => {
      if (endedBy === 'closed output') return reject(abort.signal.reason as Error);
      clearBar();
      stdout.write(text, (error) => {
        if (!error) return resolve();
        if ((error as NodeJS.ErrnoException).code === 'EPIPE') end('closed output');
        reject(error);
      });
    });
  },
  log(line) {
    clearBar();
    stderr.write(`${line}\n`);
  },
  progress(label, fraction) {
    if (!stderr.isTTY) return;
    const done = Math.round(Math.min(Math.max(fraction, 0), 1) * bar.columns);
    const cells = '#'.repeat(done) + '.'.repeat(bar.columns - done);
    stderr.write(`\r\x1b[K${label} [${cells}] ${Math.floor(fraction * 100)} %`);
    bar.shown = true;
    if (fraction >= 1) clearBar();
  },
};

/** What to say of an error that is no bug: ours by its shape, or the machine's answer about a file. */
function explain(error: unknown): { message: string; hint?: string; exitCode: number } | undefined {
  if (!(error instanceof Error)) return undefined;
  const { exitCode, hint, path, syscall } = error as Error & Record<string, unknown>;
  if (error.name !== 'CommanderError' && typeof exitCode === 'number') {
    return { message: error.message, exitCode, ...(typeof hint === 'string' && { hint }) };
  }
  const reason = reasonOf(error);
  if (!reason) return undefined;
  const [what, does] = [
    typeof path === 'string' ? path : 'the output',
    syscall === 'write' ? 'written' : 'used',
  ];
  return { message: `${what} cannot be ${does}: ${reason}`, exitCode: exitCodes.user };
}

function report(error: unknown): number {
  clearBar();
  const known = explain(error);
  if (!known) {
    stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    stderr.write('This is a bug in ternlet: please report it with the lines above.\n');
    return exitCodes.bug;
  }
  stderr.write(`${colors.red('error:')} ${known.message}\n`);
  if (known.hint) stderr.write(`${colors.dim('hint:')}  ${known.hint}\n`);
  return known.exitCode;
}

/** The command line with all verbs by name, and the asked one with its options. */
function commandLine(asked: Verb | undefined, done: (code: number) => void): Command {
  const program = new Command('ternlet')
    .description('Ternary language models on microcontrollers, with the energy of every token.')
    .version(toolVersion(), '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .configureHelp({ helpWidth: 100 })
    .showHelpAfterError(`${colors.dim('hint:')}  see ternlet ${asked ? `${asked.name} ` : ''}--help`)
    .exitOverride();
  for (const { name, summary } of verbs) {
    const command = program.command(name).summary(summary);
    if (name !== asked?.name) continue;
    command.description(`${summary[0]!.toUpperCase()}${summary.slice(1)}.`);
    asked.declare(command);
    command.action(async () => {
      const args = command.processedArgs.flat().filter((arg): arg is string => arg !== undefined);
      done((await asked.run(args, command.opts(), io)) ?? exitCodes.done);
    });
  }
  return program;
}

/** Runs one command line; the exit code. */
async function main(argv: readonly string[]): Promise<number> {
  const words = argv.filter((word) => !word.startsWith('-'));
  const name = words[0] === 'help' ? words[1] : words[0];
  const entry = verbs.find((verb) => verb.name === name);
  if (name && !entry) {
    stderr.write(`${colors.red('error:')} there is no verb "${name}"\n`);
    stderr.write(
      `${colors.dim('hint:')}  the verbs are ${verbs.map((verb) => verb.name).join(', ')} (ternlet --help)\n`,
    );
    return exitCodes.usage;
  }
  let code: number = exitCodes.done;
  try {
    const program = commandLine(await entry?.load(), (result) => (code = result));
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (endedBy) return endCode();
    if (!(error instanceof CommanderError)) return report(error);
    return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  }
  return endedBy ? endCode() : code;
}

for (const name of Object.keys(signalCodes) as (keyof typeof signalCodes)[])
  process.on(name, () => end(name));
process.on('uncaughtException', (error) => leave(endedBy ? endCode() : report(error)));
stdout.on('error', () => undefined); // each write has its own answer
stderr.on('error', () => undefined); // nobody is left to be told
leave(await main(process.argv.slice(2)));
