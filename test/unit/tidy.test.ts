// What STYLE asks of the tree and a program can check: sizes, first lines, twins, READMEs, dead files, generated files.
import { existsSync } from 'node:fs';
import { extname, join } from 'node:path';
import { assert } from 'chai';
import { generatedFiles } from '../../host-tools/contracts/gen.ts';
import { functionsOf, importsOf, listFiles, readSource, root } from '../support/sources.ts';

/** Longer than 400 lines, and why. */
const longFiles: Record<string, string> = {};

/** Longer than 60 lines, as `path name`, and why. */
const longFunctions: Record<string, string> = {};

/** Reached by no import, and by whom instead. */
const entryPoints: Record<string, string> = {
  'host-tools/cli.ts': 'bin of package.json',
  'host-tools/contracts/gen.ts': 'npm run gen',
  'test/bench/main.ts': 'npm run bench',
  'eslint.config.js': 'eslint',
};

const files = listFiles();
const isGenerated = (path: string): boolean => path.startsWith('firmware/gen/');
const written = files.filter((path) => !isGenerated(path) && !path.startsWith('test/fixtures/'));
const withExtension = (...wanted: string[]): string[] =>
  written.filter((path) => wanted.includes(extname(path)));
const scripts = withExtension('.ts', '.mjs', '.js');
const sources = [...scripts, ...withExtension('.c', '.h', '.S', '.ld')];
/** All that a person writes, whatever it is called; a model's weights are no text. */
const texts = written.filter((path) => !/\.(safetensors|gz|png)$|^models-tiny\/.*\.txt$/.test(path));

/** Asserts that a list of complaints is empty, and shows it where it is not. */
function assertNone(complaints: readonly string[], rule: string): void {
  assert.isEmpty(complaints, `${rule}:\n  ${complaints.join('\n  ')}\n`);
}

describe('sizes', () => {
  it('keeps files within 400 lines, but those that say why', () => {
    const lines = (path: string): number => readSource(path).split('\n').length - 1;
    const long = sources.filter((path) => lines(path) > 400 && !(path in longFiles));
    assertNone(
      long.map((path) => `${path}: ${lines(path)} lines`),
      'longer than 400 lines',
    );
    assertNone(
      Object.keys(longFiles).filter((path) => !existsSync(join(root, path)) || lines(path) <= 400),
      'no exception any more',
    );
  });

  it('keeps functions within 60 lines, but those that say why', () => {
    const long = [...scripts, ...withExtension('.c', '.h')].flatMap((path) =>
      functionsOf(path)
        .filter(({ lines }) => lines > 60)
        .map(({ name, lines }) => ({ key: `${path} ${name}`, lines })),
    );
    const unexplained = long.filter(({ key }) => !(key in longFunctions));
    assertNone(
      unexplained.map(({ key, lines }) => `${key}: ${lines} lines`),
      'longer than 60 lines',
    );
    const known = new Set(long.map(({ key }) => key));
    assertNone(
      Object.keys(longFunctions).filter((key) => !known.has(key)),
      'no exception any more',
    );
  });
});

describe('comments', () => {
  it('says in the first line of a file what it is', () => {
    const starts =
      /^(#!.*\n)?(\/\/|\/\*|@|#)\s*(SPDX-License-Identifier.*\n(\/\/|\/\*|@|#)\s*)?\S+\s+\S+\s+\S+/;
    assertNone(
      sources.filter((path) => !starts.test(readSource(path))),
      'no sentence in the first line',
    );
  });

  it('names twins that exist', () => {
    const complaints = sources.flatMap((path) => {
      const comments = [...readSource(path).matchAll(/Twin[:] (.*(?:\n\s*(?:\*|\/\/) .*)?)/g)].map(
        (match) => match[1]!,
      );
      return comments.flatMap((comment) => danglingTwins(comment).map((why) => `${path}: ${why}`));
    });
    assertNone(complaints, 'twins that cannot be found');
  });

  it('gives every TODO the condition that ends it', () => {
    const vague = sources.filter(
      (path) =>
        path !== 'test/unit/tidy.test.ts' && /\bTODO\b(?!.*\b(when|until|once)\b)/.test(readSource(path)),
    );
    assertNone(vague, 'TODO without when, until or once');
  });
});

/** What is wrong with the text after `Twin:`: every path in it must exist, and `name in path` must be there. */
function danglingTwins(comment: string): string[] {
  const [line = '', next = ''] = comment.split(/\n\s*(?:\*|\/\/) /);
  const text = /\w\.\w|\//.test(line) ? line : `${line} ${next}`;
  const paths = [
    ...text.matchAll(/(?:(\w+)(?:\(\))? (?:in|of) )?([\w./-]+(?:\.(?:ts|c|h|v|json|md)\b|\/))/g),
  ];
  if (paths.length === 0) return [`"${comment}" names no file`];
  return paths.flatMap(([, name, path]) => {
    const homes = files.filter(
      (file) =>
        file === path || file.endsWith(`/${path!}`) || (path!.endsWith('/') && file.startsWith(path!)),
    );
    if (homes.length === 0) return [`there is no ${path!}`];
    const isThere =
      name === undefined || homes.some((home) => new RegExp(`\\b${name}\\b`).test(readSource(home)));
    return isThere ? [] : [`${path!} holds no ${name}`];
  });
}

describe('the tree', () => {
  it('has a README of at most 15 lines in every folder down to the second level', () => {
    const folders = new Set(
      files.flatMap((path) => {
        const parts = path
          .split('/')
          .slice(0, -1)
          .filter((part) => !part.startsWith('.'));
        return parts.slice(0, 2).map((_, i) => parts.slice(0, i + 1).join('/'));
      }),
    );
    const complaints = [...folders].sort().flatMap((folder) => {
      const path = `${folder}/README.md`;
      if (!files.includes(path)) return [`${path} is missing`];
      const lines = readSource(path).split('\n').length - 1;
      // The card of a model has to tell its data, licence, recipe and figures.
      return lines > 15 && !folder.startsWith('models-tiny/') ? [`${path}: ${lines} lines`] : [];
    });
    assertNone(complaints, 'READMEs');
  });

  it('has no file that nothing reaches', () => {
    // A fixture names the program that made it, which a person runs.
    const makers = files
      .filter((path) => path.startsWith('test/fixtures/') && /\.(json|md)$/.test(path))
      .map((path) => readSource(path).slice(0, 2000))
      .join('\n');
    const isRoot = (path: string): boolean =>
      path in entryPoints ||
      /^scripts\/|\.test\.ts$|^test\/support\/reporter|^boards\/[^/]+\/board\.ts$/.test(path) ||
      (path.startsWith('test/support/') && makers.includes(path));
    const reached = new Set(scripts.filter(isRoot));
    for (const path of reached) {
      for (const { to } of importsOf(path)) if (scripts.includes(to)) reached.add(to);
    }
    assertNone(
      scripts.filter((path) => !reached.has(path)),
      'dead files',
    );
  });

  it('has no header that nothing includes', () => {
    const included = new Set(
      withExtension('.c', '.h', '.S', '.ts').flatMap((path) =>
        [...readSource(path).matchAll(/#include ["<]([^">]+)[">]/g)].map((match) =>
          match[1]!.split('/').pop()!,
        ),
      ),
    );
    assertNone(
      withExtension('.h').filter((path) => !included.has(path.split('/').pop()!)),
      'headers without a reader',
    );
  });

  it('has no file whose name says nothing', () => {
    assertNone(
      written.filter((path) => /(^|[/_-])(utils?|helpers?|managers?|misc|common)[./_-]/.test(path)),
      'names',
    );
  });

  it('names no path of one machine and no registry', () => {
    const homes = ['/home/', '/Users/', '/root/'].map((path) => `(?<![\\w.}])${path}[\\w.]`).join('|');
    const registries = [
      ...['registry.npmjs', 'registry.yarnpkg', 'npmmirror.', 'pkg.dev', 'jsr.io', 'jfrog.io', 'ghcr.io'],
      ...['deb.debian.', 'security.debian.', 'archive.ubuntu.', 'pypi.org', 'pythonhosted.', 'proxy.golang.'],
      ...['"resolved"', 'registry='],
    ]
      .map((name) => name.replaceAll('.', '\\.'))
      .join('|');
    const pattern = new RegExp(`${homes}|${registries}`);
    const complaints = texts
      .filter((path) => path !== 'test/unit/tidy.test.ts')
      .flatMap((path) => {
        const found = pattern.exec(readSource(path));
        return found ? [`${path}: ${found[0]}`] : [];
      });
    assertNone(complaints, 'addresses that hold on one machine only');
  });
});

describe('generated files', () => {
  it('are what npm run gen writes', async () => {
    const wanted = await generatedFiles();
    const stale = wanted.filter(({ path, text }) => !files.includes(path) || readSource(path) !== text);
    assertNone(
      stale.map(({ path }) => path),
      'out of date (npm run gen)',
    );
    const known = new Set(wanted.map(({ path }) => path));
    const extra = files.filter(
      (path) => isGenerated(path) && !path.endsWith('README.md') && !known.has(path),
    );
    assertNone(extra, 'written by nobody');
  });
});

describe('the lock file', () => {
  it('carries no registry address', () => {
    assert.notInclude(readSource('package-lock.json'), '"resolved"');
  });
});

describe('firmware/kernels', () => {
  it('holds kernels that a header declares, and what such kernels call', () => {
    const home = 'firmware/kernels';
    const files = listFiles().filter((path) => path.startsWith(`${home}/`) && /\.[chS]$/.test(path));
    const functions = (path: string): string[] => [
      path.split('/').pop()!.replace(/\.\w$/, ''),
      ...[...readSource(path).matchAll(/^(?!static)\w[\w *]*\b(tlm_\w+)\(/gm)].map((match) => match[1]!),
    ];
    const strays = files
      .filter((path) => !path.endsWith('.h'))
      .filter((path) => {
        const name = new RegExp(`\\b(tlm_)?(${functions(path).join('|')})\\b`);
        return !files.some((other) => other !== path && name.test(readSource(other)));
      });
    assertNone(strays, 'kernels that nothing calls');
  });
});
