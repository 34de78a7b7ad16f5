// Who may know whom: STYLE §4 as a table, held for every file.
import { assert } from 'chai';
import { importsOf, listFiles, parseSource, readSource, visit } from '../support/sources.ts';
import ts from 'typescript';

/** Folders of host-tools (and boards) whose values a folder may use, besides its own. Types may come from anywhere below commands. */
const mayUse: Record<string, readonly string[]> = {
  cli: ['commands', 'contracts', 'toolchain'],
  commands: [
    'compiler',
    'engines',
    'flashers',
    'link',
    'meters',
    'measure',
    'emulators',
    'toolchain',
    'contracts',
    'boards',
  ],
  compiler: ['contracts', 'boards'],
  engines: ['compiler', 'toolchain', 'contracts', 'boards'],
  flashers: ['contracts', 'boards'],
  link: ['contracts', 'boards'],
  meters: ['contracts', 'boards'],
  measure: ['contracts', 'boards'],
  emulators: ['toolchain', 'contracts', 'boards'],
  toolchain: ['contracts', 'boards'],
  contracts: [],
  boards: [],
};

/** Imports outside that table, as `from → to`, and why. */
const exceptions: Record<string, string> = {
  'host-tools/contracts/gen.ts → boards/board.ts':
    'it writes the headers of boards; it is a program, no contract',
};

/** Files that may start a process, besides those of toolchain, and why. */
const maySpawn: Record<string, string> = {
  'host-tools/link/process.ts': 'the process is the device at the other end of the link, not a tool',
};

/** Files that may read argv, print and exit, and why. */
const mayEnd: Record<string, string> = {
  'host-tools/cli.ts': 'it is the only one',
  'host-tools/contracts/gen.ts': 'a program of its own',
};

const shipped = listFiles().filter((path) => /^(host-tools|boards)\/.*\.ts$/.test(path));

/** The row of the table that a file belongs to. */
function layerOf(path: string): string {
  if (path === 'host-tools/cli.ts') return 'cli';
  const [top, folder] = path.split('/');
  return top === 'host-tools' ? folder! : top!;
}

describe('imports', () => {
  it('point downwards only', () => {
    const complaints: string[] = [];
    for (const path of shipped) {
      const from = layerOf(path);
      const allowed = mayUse[from];
      if (!allowed) throw new Error(`${path} lies in no known folder`);
      for (const { to, typeOnly } of importsOf(path)) {
        if (!to.includes('/') || !/^(host-tools|boards|test|scripts|runtime)\//.test(to)) continue;
        const target = layerOf(to);
        const isUp =
          ['cli', 'test', 'scripts', 'runtime'].includes(target) || (target === 'commands' && from !== 'cli');
        if (target === from || `${path} → ${to}` in exceptions) continue;
        if (isUp || (!typeOnly && !allowed.includes(target))) complaints.push(`${path} → ${to}`);
      }
    }
    assert.isEmpty(complaints, `imports against the arrows:\n  ${complaints.join('\n  ')}\n`);
  });

  it('lets contracts and boards use nothing but Node', () => {
    const complaints = shipped
      .filter((path) => ['contracts', 'boards'].includes(layerOf(path)))
      .flatMap((path) =>
        importsOf(path)
          .filter(({ to }) => !/^(node:|host-tools\/|boards\/)/.test(to))
          .map(({ to }) => `${path} → ${to}`),
      );
    assert.isEmpty(complaints, complaints.join('\n'));
  });

  it('starts programs through toolchain only', () => {
    const complaints = shipped.filter(
      (path) =>
        layerOf(path) !== 'toolchain' &&
        !(path in maySpawn) &&
        importsOf(path).some(({ to, typeOnly }) => /^(node:)?child_process$/.test(to) && !typeOnly),
    );
    assert.isEmpty(complaints, `these spawn by themselves: ${complaints.join(', ')}`);
  });

  it('reads argv, prints and exits in cli.ts only', () => {
    const complaints = shipped
      .filter((path) => !(path in mayEnd))
      .flatMap((path) => {
        const found: string[] = [];
        visit(parseSource(path), (node) => {
          if (!ts.isPropertyAccessExpression(node)) return;
          const text = node.getText();
          if (/^(process\.(argv|exit|exitCode|stdout|stderr)|console\.\w+)$/.test(text))
            found.push(`${path}: ${text}`);
        });
        return found;
      });
    assert.isEmpty(complaints, complaints.join('\n'));
  });

  it('has no exception that nobody needs', () => {
    const needed = new Set(shipped.flatMap((path) => importsOf(path).map(({ to }) => `${path} → ${to}`)));
    assert.isEmpty(Object.keys(exceptions).filter((key) => !needed.has(key)));
  });
});

describe('includes', () => {
  const firmware = listFiles().filter((path) => /^firmware\/.*\.[ch]$/.test(path));
  const includes = (path: string): string[] =>
    [...readSource(path).matchAll(/^#include ["<]([^">]+)[">]/gm)].map((match) => match[1]!);
  const freestanding = /^(stdint|stddef|stdbool|stdalign|limits|arm_acle|arm_neon|[a-z]*mmintrin)\.h$/;

  it('keep engine and text away from hal and link', () => {
    const complaints = firmware
      .filter((path) => /^firmware\/(engine|text)\//.test(path))
      .flatMap((path) =>
        includes(path)
          .filter((name) => /(^|\/)(hal|link)\b/.test(name))
          .map((name) => `${path}: ${name}`),
      );
    assert.isEmpty(complaints, complaints.join('\n'));
  });

  it('keep kernels to kernels.h, gen/ and the language', () => {
    const own = new Set(
      firmware.filter((path) => path.startsWith('firmware/kernels/')).map((path) => path.split('/').pop()!),
    );
    const complaints = firmware
      .filter((path) => path.startsWith('firmware/kernels/'))
      .flatMap((path) =>
        includes(path)
          .filter(
            (name) =>
              !own.has(name.split('/').pop()!) && !/(^|\/)gen\//.test(name) && !freestanding.test(name),
          )
          .map((name) => `${path}: ${name}`),
      );
    assert.isEmpty(complaints, complaints.join('\n'));
  });

  it('use no C library in what is freestanding', () => {
    const ours = new Set(firmware.map((path) => path.split('/').pop()));
    const complaints = firmware
      .filter((path) => !path.startsWith('firmware/hal/host/'))
      .flatMap((path) =>
        [...readSource(path).matchAll(/^#include <([^>]+)>/gm)]
          .map((match) => match[1]!)
          .filter((name) => !freestanding.test(name) && !ours.has(name))
          .map((name) => `${path}: <${name}>`),
      );
    assert.isEmpty(complaints, complaints.join('\n'));
  });
});
