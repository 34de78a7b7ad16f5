// `ternlet console` in a terminal: it is left as it was found however the console ends, and a port may go and come back.
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, constants, openSync, rmSync, symlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from 'chai';
import { PtyDevice } from '../../host-tools/emulators/pty.ts';
import { missingPrograms } from '../support/board-firmware.ts';
import { cliCommand } from '../support/run-cli.ts';
import { temporaryState } from '../support/temporary.ts';
import { until } from '../support/until.ts';

const missing = missingPrograms('perl', 'stty');
const [ctrlC, leave] = ['\x03', '\x1d'];

/** A program of a process whose standard input comes byte by byte, as from a person. */
const byteByByte = `
  const { stdin } = process, { emit } = stdin;
  stdin.emit = function (name, ...rest) {
    if (name !== 'data') return emit.call(this, name, ...rest);
    for (let i = 0; i < rest[0].length; i++) emit.call(this, name, rest[0].subarray(i, i + 1));
    return true;
  };`;

interface End {
  readonly pty: PtyDevice;
  readonly heard: () => string;
}

/** One end of a pty that keeps what it hears and answers as it is told. */
function openEnd(answer: (text: string, pty: PtyDevice) => void = () => undefined): End {
  let heard = '';
  const pty = new PtyDevice({
    data(bytes) {
      const text = Buffer.from(bytes).toString();
      heard += text;
      answer(text, pty);
    },
    client: () => undefined,
    drained: () => undefined,
  });
  return { pty, heard: () => heard };
}

/** What a terminal is set to. */
function settingsOf({ pty }: End): string {
  const { stdout, status } = spawnSync('stty', ['-F', pty.path, '-g'], { encoding: 'utf8' });
  assert.equal(status, 0);
  return stdout;
}

describe('ternlet console in a terminal', function () {
  this.timeout(600_000);
  const folder = temporaryState();
  const port = join(folder, 'port');
  const ends: End[] = [];

  before(function () {
    if (missing.length === 0) return;
    console.log(`      skipped: this machine lacks ${missing.join(', ')}`);
    this.skip();
  });
  afterEach(() => {
    for (const { pty } of ends.splice(0)) pty.close();
  });

  /** Attaches a board that answers; gives its end of the line. */
  function attach(answer?: (text: string, pty: PtyDevice) => void): End {
    const board = openEnd(answer);
    ends.push(board);
    rmSync(port, { force: true });
    symlinkSync(board.pty.path, port);
    return board;
  }

  /** Runs the console in a terminal of its own, as a shell would leave it; it hears each byte by itself. */
  function start(...args: string[]) {
    const terminal = openEnd();
    ends.push(terminal);
    const slave = openSync(terminal.pty.path, constants.O_RDWR | constants.O_NOCTTY);
    assert.equal(spawnSync('stty', ['-F', terminal.pty.path, 'sane']).status, 0);
    const before = settingsOf(terminal);
    const [program, ...rest] = cliCommand;
    const child = spawn(program, [...rest, 'console', '--port', port, ...args], {
      stdio: [slave, slave, slave],
      env: {
        ...process.env,
        NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(byteByByte)}`,
      },
    });
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    return {
      child,
      type: (text: string) => terminal.pty.write(Buffer.from(text)),
      seen: () => terminal.heard(),
      sees: (text: string) =>
        until(
          () => terminal.heard().includes(text),
          () => `"${text}" in ${JSON.stringify(terminal.heard())}`,
        ),
      isRaw: () => settingsOf(terminal) !== before,
      /** Its exit code, when the terminal is as it was and has shown all that was written to it. */
      async end(): Promise<number | null> {
        const code = await ended;
        writeSync(slave, '(over)');
        await until(() => terminal.heard().includes('(over)'), 'the last that it wrote');
        assert.equal(settingsOf(terminal), before, 'the terminal is as it was');
        closeSync(slave);
        return code;
      },
    };
  }

  const prompt = (text: string, pty: PtyDevice): void => {
    if (text.includes('\r')) pty.write(Buffer.from('board> '));
  };

  it('passes on what is typed, Ctrl-C too, and gives the terminal back at Ctrl-]', async () => {
    const board = attach(prompt);
    const console = start();
    await console.sees('board> ');
    assert.isTrue(console.isRaw());
    console.type(`help${ctrlC}\r`);
    await until(() => board.heard().endsWith(`help${ctrlC}\r`), 'what was typed');
    console.type(`${leave}more`);
    assert.equal(await console.end(), 0);
    assert.notInclude(board.heard(), 'more');
  });

  it('gives the terminal back at SIGTERM', async () => {
    attach(prompt);
    const console = start();
    await console.sees('board> ');
    console.child.kill('SIGTERM');
    assert.equal(await console.end(), 143);
  });

  it('gives the terminal back when the port goes away, with --no-reconnect', async () => {
    const board = attach(prompt);
    const console = start('--no-reconnect');
    await console.sees('board> ');
    board.pty.close();
    assert.equal(await console.end(), 3);
    await console.sees('port is gone');
    await console.sees('error:');
  });

  it('waits for a port that goes away, even while it asks for the prompt, and goes on', async () => {
    attach((_, pty) => pty.close());
    const console = start();
    await console.sees('is gone; waiting for it to come back');
    const board = attach(prompt);
    await console.sees('board> ');
    console.type('again\r');
    await until(() => board.heard().endsWith('again\r'), 'what was typed');
    console.type(leave);
    assert.equal(await console.end(), 0);
  });

  it('hears Ctrl-] while a board is silent', async () => {
    attach();
    const console = start();
    // Typed ahead, so that it is there before the console has asked for the prompt often enough to give up.
    console.type(leave);
    assert.equal(await console.end(), 0);
    assert.include(console.seen(), 'Connected to');
    assert.notInclude(console.seen(), 'ternlet flash');
  });

  it('says what to do when a board stays silent', async () => {
    attach();
    const console = start();
    await console.sees('Leave, then say: ternlet flash');
    console.type(leave);
    assert.equal(await console.end(), 0);
  });

  it('goes on when the disk of its log is full, and says so once', async () => {
    const board = attach(prompt);
    const console = start('--log', '/dev/full');
    await console.sees('/dev/full ends here');
    console.type('more\r');
    await until(() => board.heard().endsWith('more\r'), 'what was typed');
    await console.sees('board> board> ');
    console.type(leave);
    assert.equal(await console.end(), 0);
    assert.lengthOf(console.seen().match(/ends here/g) ?? [], 1);
  });
});
