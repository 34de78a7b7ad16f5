// Tries the committed tree in a fresh Debian 12 that has Node and npm and nothing else: `npm start` twice, then `npm test`,
// then `npm pack`, whose package has to tell a story in another fresh Debian, without any compiler.
//
//   node scripts/clean-room.mjs                       as root; needs debootstrap
//   node scripts/clean-room.mjs <command …>           another command in the clone instead
//   node scripts/clean-room.mjs --package <file.tgz>  the package alone
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { $, chalk, echo, fs } from 'zx';

const root = join(import.meta.dirname, '..');
const room = join(root, 'build', 'clean-room');
const base = `${room}.base.tar`;
const clone = '/srv/ternlet';

/** What a user does who has no clone: the package, and Node. */
const install = [
  'npm init -y > /dev/null && npm install --no-audit --no-fund /srv/ternlet.tgz',
  '! command -v cc && ! command -v arm-none-eabi-gcc && ! command -v qemu-system-arm',
  'npx ternlet generate "Once upon a time" --board host --max-tokens 40 --seed 1',
  'npx ternlet models && npx ternlet doctor',
];

$.verbose = false;
if (process.getuid?.() !== 0) {
  console.error('error: a clean room needs root, for debootstrap and chroot');
  process.exit(1);
}

/** The system as debootstrap leaves it, made once, with the Node of this machine; nothing of an earlier run. */
async function freshRoom() {
  if (!fs.existsSync(base)) {
    echo('Making a Debian 12 …');
    await fs.remove(room);
    await $`debootstrap --variant=minbase --include=ca-certificates bookworm ${room}`;
    await $`tar -C ${room} -cf ${base} .`;
  }
  await fs.remove(room);
  await fs.ensureDir(room);
  await $`tar -C ${room} -xf ${base}`;
  await takeNode();
}

/** Node and npm of this machine, and what they and apt need to reach their servers from here. */
async function takeNode() {
  const npm = await fs.realpath((await $`command -v npm`).stdout.trim());
  const modules = join(dirname(npm), '..', '..');
  await fs.copy(process.execPath, join(room, 'usr/local/bin/node'));
  await fs.copy(join(modules, 'npm'), join(room, 'usr/local/lib/node_modules/npm'));
  for (const name of ['npm', 'npx'])
    await $`ln -s ../lib/node_modules/npm/bin/${name}-cli.js ${room}/usr/local/bin/${name}`;
  for (const path of ['/etc/resolv.conf', '/etc/ssl/certs/ca-certificates.crt', '/etc/apt/apt.conf.d']) {
    if (fs.existsSync(path)) await fs.copy(path, join(room, path), { dereference: true });
  }
  const ownNpmrc = join(homedir(), '.npmrc');
  if (fs.existsSync(ownNpmrc)) await fs.copy(ownNpmrc, `${room}/root/.npmrc`);
  const npmrc = join(dirname(npm), '..', '..', '..', '..', 'etc', 'npmrc');
  if (fs.existsSync(npmrc)) await fs.copy(npmrc, join(room, 'usr/local/etc/npmrc'));
  await fs.remove(join(room, 'etc/apt/apt.conf.d/docker-clean'));
}

/** Runs a command in the room; ends this program where it fails. */
async function inRoom(folder, command) {
  echo(chalk.bold(`$ ${command}`));
  const started = Date.now();
  const inside = [
    'mount --make-rprivate /',
    `mount -t proc proc ${room}/proc`,
    `mount --rbind /dev ${room}/dev`,
    `exec env -i HOME=/root TERM=dumb LANG=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin chroot ${room} sh -c 'cd ${folder} && ${command}'`,
  ].join(' && ');
  // An own mount namespace: what is mounted in the room is gone with the command.
  const { exitCode } = await $({ stdio: 'inherit', nothrow: true })`unshare --mount sh -c ${inside}`;
  echo(chalk.bold(`exit ${exitCode} after ${((Date.now() - started) / 1000).toFixed(1)} s`));
  if (exitCode !== 0) process.exit(exitCode ?? 1);
}

/** Moves a package into a room of its own and uses it. */
async function tryPackage(tarball) {
  const aside = `${room}.tgz`;
  await fs.copy(tarball, aside);
  await freshRoom();
  await fs.ensureDir(join(room, 'srv/user'));
  await fs.move(aside, join(room, 'srv/ternlet.tgz'));
  for (const command of install) await inRoom('/srv/user', command);
}

const given = process.argv.slice(2);
if (given[0] === '--package') {
  await tryPackage(given[1]);
} else {
  await freshRoom();
  const home = join(room, clone);
  await fs.ensureDir(home);
  await $`git -C ${root} archive HEAD | tar -C ${home} -x`;
  const commands = given.length > 0 ? [given.join(' ')] : ['npm start', 'npm start', 'npm test', 'npm pack'];
  for (const command of commands) await inRoom(clone, command);
  if (given.length === 0)
    await tryPackage(
      join(
        home,
        (await fs.readdir(home)).find((name) => name.endsWith('.tgz')),
      ),
    );
}
