// Set-up of a fresh clone: Node's version, npm packages, system packages. Plain JavaScript, since nothing is installed yet.
//
//   node scripts/setup.mjs [start|test]
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  accessSync,
  constants as access,
  existsSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { constants } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { pathToFileURL } from 'node:url';

export const root = join(import.meta.dirname ?? '.', '..');
const say = (line) => console.error(line);

/**
 * Runs a program in the repository; its exit code (127 where it cannot be started). Ctrl-C reaches it by the terminal, so
 * this process only waits until it has put things in order; SIGTERM, which has one addressee, is passed on.
 */
export function run(program, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: root, stdio: 'inherit', ...options });
    const wait = () => undefined;
    const passOn = (signal) => child.kill(signal);
    process.on('SIGINT', wait).on('SIGTERM', passOn);
    const end = (code) => {
      process.off('SIGINT', wait).off('SIGTERM', passOn);
      resolve(code);
    };
    child.once('error', (error) => {
      say(`${program} cannot be started: ${error.message}`);
      end(127);
    });
    child.once('exit', (code, signal) => end(signal ? 128 + constants.signals[signal] : code));
  });
}

/** Ends with a sentence where Node is too old for the tools. */
export function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  say(`error: Node ${process.versions.node} is too old: 20.19 or newer is needed`);
  say('hint:  install a newer Node from nodejs.org or your distribution');
  process.exit(1);
}

/** Installs the npm packages unless those of this very package-lock.json are in place. */
export async function installPackages() {
  const stamp = join(root, 'node_modules', '.ternlet-lock');
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  const wanted = `${lock} node ${process.versions.modules}\n`;
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  say('Installing npm packages (about 20 s) …');
  const { npm_execpath: npm } = process.env;
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
  const code = await (npm?.endsWith('.js') ? run(process.execPath, [npm, ...args]) : run('npm', args));
  if (code !== 0) process.exit(code);
  writeFileSync(stamp, wanted);
}

/** The external programs of programs.json that `use` needs and this machine lacks. */
export function missingPrograms(use) {
  const table = JSON.parse(readFileSync(join(root, 'scripts', 'programs.json'), 'utf8'));
  return table.filter((entry) => (use === 'test' || entry.use === use) && !isThere(entry));
}

function isThere({ program, file }) {
  if (file) return existsSync(file);
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), access.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Installs what is missing where that is possible and allowed; what is missing afterwards. */
export async function installPrograms(use) {
  const missing = missingPrograms(use);
  if (missing.length === 0) return [];
  const width = Math.max(...missing.map((entry) => entry.package.length));
  say('These system packages are missing:');
  for (const { package: name, purpose, download_mb, disk_mb } of missing) {
    say(
      `  ${name.padEnd(width)}  ${String(download_mb).padStart(3)} MB, ${String(disk_mb).padStart(3)} MB on disk: ${purpose}`,
    );
  }
  const become = await permission();
  if (!become) return missing;
  const names = missing.map((entry) => entry.package);
  say(`Installing them with apt-get, without recommended packages …`);
  const listed = readdirSync('/var/lib/apt/lists').some((name) => name.includes('_Packages'));
  const done = (listed && apt(become, ['install', '-y', ...names])) || refreshAndInstall(become, names);
  if (!done) say('They could not be installed.');
  return missingPrograms(use);
}

function refreshAndInstall(become, names) {
  return apt(become, ['update']) && apt(become, ['install', '-y', ...names], true);
}

/** Runs apt-get, silent unless it fails for good. */
function apt(become, args, isLast = args[0] === 'update') {
  const options = [
    '-qq',
    '--no-install-recommends',
    '-o',
    'DPkg::Lock::Timeout=120',
    '-o',
    'Dpkg::Use-Pty=0',
  ];
  const [program, ...rest] = [
    ...become,
    'env',
    'DEBIAN_FRONTEND=noninteractive',
    'apt-get',
    ...options,
    ...args,
  ];
  const { status, stdout, stderr, error } = spawnSync(program, rest, {
    encoding: 'utf8',
    stdio: ['inherit', 'pipe', 'pipe'],
  });
  if (status !== 0 && isLast) say(`${stdout ?? ''}${stderr ?? ''}${error ? error.message : ''}`.trim());
  return status === 0;
}

/** How to become root: [] as root, ['sudo'] where a person agrees or in CI; undefined where neither. */
async function permission() {
  if (!isThere({ program: 'apt-get' })) {
    say('There is no apt-get here: install them by your own means.');
    return undefined;
  }
  if (process.getuid?.() === 0) return [];
  const byHand = 'Install them with apt-get install --no-install-recommends.';
  if (!isThere({ program: 'sudo' })) {
    say(`You are not root and there is no sudo. ${byHand}`);
    return undefined;
  }
  if (process.env.CI === 'true') return ['sudo', '-n'];
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    say(`You are not root and nobody is there to be asked. ${byHand} Or set CI=true to let sudo do it.`);
    return undefined;
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question('Install them now with sudo apt-get? [Y/n] ');
  terminal.close();
  return /^(y(es)?)?$/i.test(answer.trim()) ? ['sudo'] : undefined;
}

/** Everything that `use` needs; the programs that are missing afterwards. */
export async function setUp(use) {
  checkNode();
  await installPackages();
  return installPrograms(use);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const use = process.argv[2] ?? 'start';
  const missing = await setUp(use);
  if (missing.length > 0) say(`Still missing: ${missing.map((entry) => entry.package).join(', ')}.`);
  process.exitCode = missing.length > 0 ? 1 : 0;
}
