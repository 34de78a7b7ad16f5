// Opens a pseudo-terminal with no native addon: perl makes the two ioctls that Node lacks. Source: pty(7), ioctl_tty(2).
import { spawnSync } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { DeviceError } from '../contracts/errors.ts';
import { requireProgram } from './run.ts';

// The numbers of TIOCSPTLCK and TIOCGPTN hold for x86, arm and risc-v. Descriptors 0 to 2 would lose O_NONBLOCK.
const unlockAndName = `
  open(F, "+<&=3") or die "open: $!";
  my $unlocked = pack("i", 0);
  ioctl(F, 0x40045431, $unlocked) or die "unlock: $!";
  my $number = pack("I", 0);
  ioctl(F, 0x80045430, $number) or die "number: $!";
  print unpack("I", $number);`;

/** Opens a pty in raw mode. Throws a DeviceError where the system gives none. */
export function openPty(): { fd: number; path: string } {
  let fd: number;
  try {
    fd = openSync('/dev/ptmx', constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
  } catch (error) {
    throw new DeviceError(
      `no pseudo-terminal can be opened: ${(error as Error).message}`,
      'an emulated board needs /dev/ptmx',
    );
  }
  const perl = spawnSync(requireProgram('perl'), ['-e', unlockAndName], {
    stdio: ['ignore', 'pipe', 'pipe', fd],
  });
  const path = `/dev/pts/${String(perl.stdout)}`;
  const raw =
    perl.status === 0 && spawnSync(requireProgram('stty'), ['-F', path, 'raw', '-echo', '-hupcl', 'clocal']);
  if (raw === false || raw.status !== 0) {
    closeSync(fd);
    const said = String((raw === false ? perl : raw).stderr).trim();
    throw new DeviceError(`no pseudo-terminal can be set up: ${said}`, 'is /dev/pts mounted?');
  }
  return { fd, path };
}
