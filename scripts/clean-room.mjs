// Tries the committed tree in a fresh Debian 12 that has Node and npm and nothing else: `npm start` twice, then `npm test`.
//
//   node scripts/clean-room.mjs [command …]    as root; needs debootstrap; another command instead of those
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { $, chalk, echo, fs } from 'zx';

const root = join(import.meta.dirname, '..');
const room = join(root, 'build', 'clean-room');
const clone = '/srv/ternlet';
const commands =
  process.argv.length > 2 ? [process.argv.slice(2).join(' ')] : ['npm start', 'npm start', 'npm test'];

$.verbose = false;
if (process.getuid?.() !== 0) {
  console.error('error: a clean room needs root, for debootstrap and chroot');
  process.exit(1);
}

// The system is made once; the clone and what set-up installed are thrown away each time.
const base = `${room}.base.tar`;
if (!fs.existsSync(base)) {
  echo('Making a Debian 12 …');
  await fs.remove(room);
  await $`debootstrap --variant=minbase --include=ca-certificates bookworm ${room}`;
  await $`tar -C ${room} -cf ${base} .`;
}
await fs.remove(room);
await fs.ensureDir(room);
await $`tar -C ${room} -xf ${base}`;

// Node and npm of this machine, and what they and apt need to reach their servers from here.
const npm = await fs.realpath((await $`command -v npm`).stdout.trim());
const modules = join(dirname(npm), '..', '..');
await fs.copy(process.execPath, join(room, 'usr/local/bin/node'));
await fs.copy(join(modules, 'npm'), join(room, 'usr/local/lib/node_modules/npm'));
await $`ln -s ../lib/node_modules/npm/bin/npm-cli.js ${room}/usr/local/bin/npm`;
for (const path of ['/etc/resolv.conf', '/etc/ssl/certs/ca-certificates.crt', '/etc/apt/apt.conf.d']) {
  if (fs.existsSync(path)) await fs.copy(path, join(room, path), { dereference: true });
}
const ownNpmrc = join(homedir(), '.npmrc');
if (fs.existsSync(ownNpmrc)) await fs.copy(ownNpmrc, `${room}/root/.npmrc`);
const npmrc = join(dirname(npm), '..', '..', '..', '..', 'etc', 'npmrc');
if (fs.existsSync(npmrc)) await fs.copy(npmrc, join(room, 'usr/local/etc/npmrc'));
await fs.remove(join(room, 'etc/apt/apt.conf.d/docker-clean'));

await fs.ensureDir(join(room, clone));
await $`git -C ${root} archive HEAD | tar -C ${join(room, clone)} -x`;

for (const command of commands) {
  echo(chalk.bold(`$ ${command}`));
  const started = Date.now();
  const inside = [
    'mount --make-rprivate /',
    `mount -t proc proc ${room}/proc`,
    `mount --rbind /dev ${room}/dev`,
    `exec env -i HOME=/root TERM=dumb LANG=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin chroot ${room} sh -c 'cd ${clone} && ${command}'`,
  ].join(' && ');
  // An own mount namespace: what is mounted in the room is gone with the command.
  const { exitCode } = await $({ stdio: 'inherit', nothrow: true })`unshare --mount sh -c ${inside}`;
  echo(chalk.bold(`exit ${exitCode} after ${((Date.now() - started) / 1000).toFixed(1)} s`));
  if (exitCode !== 0) process.exit(exitCode ?? 1);
}
