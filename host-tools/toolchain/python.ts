// Python with PyTorch, in which models are trained: finds one, and runs the trainer (models-tiny/trainer) in a process of its own.
import { spawn } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { delimiter, join } from 'node:path';
import { UserError } from '../contracts/errors.ts';
import { packageRoot } from './paths.ts';
import { endWithProcess, findProgram, howToGet, killGroup, run } from './run.ts';

/** Where it is looked for after TERNLET_PYTHON: on PATH, then where Debian keeps the one that its packages serve. */
const candidates = ['python3', '/usr/bin/python3'];
const probe =
  'import importlib.util as u, sys; sys.exit(0 if u.find_spec("torch") and u.find_spec("tomllib") else 1)';

/** A Python 3.11 or newer that has PyTorch. Throws a UserError that says how to get it. */
export async function requireTorch(): Promise<string> {
  const own = process.env['TERNLET_PYTHON'];
  const found = (own ? [own] : candidates).flatMap((name) => findProgram(name) ?? []);
  for (const path of new Set(found)) {
    const { code } = await run(path, ['-c', probe], { limitMs: 60_000, allowFailure: true });
    if (code === 0) return path;
  }
  const place = own ? `${own}, which TERNLET_PYTHON names,` : 'this machine';
  throw new UserError(`${place} has no Python 3.11 with PyTorch (torch)`, howToGet('python3'));
}

export interface TrainerRun {
  python: string;
  args: readonly string[];
  /** Processes that train together, started by torchrun where there are several. */
  processes: number;
  /** Words that start this very command line, so that the trainer can ask it. */
  cli: readonly string[];
  /** Asks it to save and end, and waits until it has. */
  signal: AbortSignal;
}

/** A TCP port of this machine that nobody listens on now. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

/** Runs the trainer to its end: its exit code and what it wrote to standard output. Standard error is that of this process. */
export async function runTrainer(options: TrainerRun): Promise<{ code: number; stdout: string }> {
  const { python, args, processes, cli, signal } = options;
  const home = join(packageRoot(), 'models-tiny', 'trainer');
  // Nobody's output is redirected. torchrun of torch 1.13 fails on Python 3.11 unless some process is named for it: the last that can be.
  const outputs = ['--redirects', '9:1', '--tee', '9:1'];
  // By its address, not by --standalone: that asks for names, and a bare machine knows not even "localhost".
  const place = processes > 1 ? ['--master_addr', '127.0.0.1', '--master_port', `${await freePort()}`] : [];
  const several = ['-m', 'torch.distributed.run', '--nproc_per_node', `${processes}`, ...place, ...outputs];
  const child = spawn(python, [...(processes > 1 ? several : []), '-m', 'ternlet_trainer', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    // A group of its own: Ctrl-C reaches it once, through the signal, and its children end with it.
    detached: true,
    env: {
      ...process.env,
      PYTHONPATH: [home, process.env['PYTHONPATH']].filter(Boolean).join(delimiter),
      PYTHONDONTWRITEBYTECODE: '1',
      TERNLET_CLI: JSON.stringify(cli),
      // Under torchrun the trainer has another parent, and threads of its own choice.
      ...(processes === 1
        ? { TERNLET_PARENT: `${process.pid}` }
        : { OMP_NUM_THREADS: process.env['OMP_NUM_THREADS'] ?? '1' }),
    },
  });
  const ask = (): void => void child.kill('SIGINT');
  signal.addEventListener('abort', ask, { once: true });
  const callOff = endWithProcess(() => killGroup(child.pid));
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  try {
    const [code, killedBy] = await new Promise<[number | null, string | null]>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (exitCode, name) => resolve([exitCode, name]));
    });
    if (code !== null) return { code, stdout };
    throw new UserError(
      `the training was ended by ${killedBy}, perhaps because memory was short; its last saved state is kept`,
      'Go on with --resume; choose a smaller training.batch where memory is short.',
    );
  } finally {
    signal.removeEventListener('abort', ask);
    callOff();
  }
}
