// The device end of a pseudo-terminal, with no native addon: perl makes the two ioctls that Node lacks. Source: pty(7), ioctl_tty(2).
import { spawnSync } from 'node:child_process';
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { DeviceError } from '../contracts/errors.ts';
import { requireProgram } from '../toolchain/run.ts';

export interface PtyListener {
  /** Bytes that a program wrote to the port. */
  data(bytes: Uint8Array): void;
  /** A program opened the port, or the last one that had it open closed it. */
  client(present: boolean): void;
  /** The queue of bytes to the program has run empty. */
  drained(): void;
}

export interface PtyDevice {
  /** The port that other programs open, for instance /dev/pts/3. */
  readonly path: string;
  /** Bytes that wait because the program at the other end does not read. */
  readonly queued: number;
  /** Queues bytes for the program that has the port open; with none they are lost, as on a wire. */
  write(bytes: Uint8Array): void;
  /** Whether to look for bytes as often as can be for a while after some came: for dialogues of short messages. */
  eager: boolean;
  close(): void;
}

// The numbers of TIOCSPTLCK and TIOCGPTN hold for x86, arm and risc-v. Descriptors 0 to 2 would lose O_NONBLOCK.
const unlockAndName = `
  open(F, "+<&=3") or die "open: $!";
  my $unlocked = pack("i", 0);
  ioctl(F, 0x40045431, $unlocked) or die "unlock: $!";
  my $number = pack("I", 0);
  ioctl(F, 0x80045430, $number) or die "number: $!";
  print unpack("I", $number);`;

const idlePollMs = 20;
const clientPollMs = 1;
const eagerMs = 3;
const readsPerTurn = 16;

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

/** Opens a pty and plays the device at its end. Programs may open and close the port at any time. */
export function openPtyDevice(listener: PtyListener): PtyDevice {
  const { fd, path } = openPty();
  const buffer = Buffer.alloc(65536);
  let queue: Uint8Array[] = [];
  let present = false;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  let lastData = 0;

  function setPresent(now: boolean): void {
    if (now === present) return;
    present = now;
    if (!now) queue = [];
    listener.client(now);
  }

  /** Reads once: the bytes, nothing yet, or nobody there (the kernel says EIO while no program has the port open). */
  function read(): Uint8Array | 'nothing' | 'nobody' {
    try {
      const n = readSync(fd, buffer, 0, buffer.length, null);
      return Uint8Array.from(buffer.subarray(0, n));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EAGAIN') return 'nothing';
      if (code === 'EIO') return 'nobody';
      throw error;
    }
  }

  function flush(): void {
    const had = queue.length > 0;
    while (queue.length > 0) {
      const bytes = queue[0]!;
      try {
        const n = writeSync(fd, bytes);
        if (n < bytes.length) queue[0] = bytes.subarray(n);
        else queue.shift();
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'EAGAIN') return;
        if (code !== 'EIO') throw error;
        queue = [];
      }
    }
    if (had) listener.drained();
  }

  function poll(): void {
    for (let i = 0; i < readsPerTurn; i++) {
      if (closed) return;
      const got = read();
      if (got === 'nobody') {
        setPresent(false);
        timer = setTimeout(poll, idlePollMs);
        return;
      }
      setPresent(true);
      if (got === 'nothing') break;
      lastData = performance.now();
      listener.data(got);
    }
    if (closed) return;
    flush();
    if (device.eager && performance.now() - lastData < eagerMs) setImmediate(poll);
    else timer = setTimeout(poll, clientPollMs);
  }

  const device: PtyDevice = {
    path,
    eager: false,
    get queued() {
      return queue.reduce((sum, bytes) => sum + bytes.length, 0);
    },
    write(bytes) {
      if (closed || bytes.length === 0) return;
      queue.push(bytes);
      flush();
    },
    close() {
      if (closed) return;
      closed = true;
      clearTimeout(timer);
      closeSync(fd);
    },
  };
  poll();
  return device;
}
