// The functions of a firmware are read from its symbols: with their files where no other file may call them, without the bit of Thumb.
import { assert } from 'chai';
import { readFunctions } from '../../host-tools/toolchain/elf.ts';

const [section, func, file] = [3, 2, 4];
const [local, global] = [0, 1];

interface Symbol {
  name: string;
  kind: number;
  binding: number;
  value?: number;
  bytes?: number;
  isUndefined?: boolean;
}

/** An ELF file with nothing but symbols and their names. */
function elfOf(symbols: readonly Symbol[], machine = 40): Uint8Array {
  const names = `\0${symbols.map(({ name }) => `${name}\0`).join('')}`;
  const tableAt = 52;
  const namesAt = tableAt + 16 * (symbols.length + 1);
  const sectionsAt = (namesAt + names.length + 3) & ~3;
  const bytes = Buffer.alloc(sectionsAt + 3 * 40);
  bytes.write('\x7fELF\x01\x01\x01', 'latin1');
  bytes.writeUInt16LE(machine, 18);
  bytes.writeUInt32LE(sectionsAt, 32);
  bytes.writeUInt16LE(40, 46);
  bytes.writeUInt16LE(3, 48);
  let nameAt = 1;
  symbols.forEach(({ name, kind, binding, value = 0, bytes: size = 0, isUndefined }, i) => {
    const at = tableAt + 16 * (i + 1);
    bytes.writeUInt32LE(nameAt, at);
    bytes.writeUInt32LE(value, at + 4);
    bytes.writeUInt32LE(size, at + 8);
    bytes.writeUInt8((binding << 4) | kind, at + 12);
    bytes.writeUInt16LE(isUndefined ? 0 : 1, at + 14);
    nameAt += name.length + 1;
  });
  bytes.write(names, namesAt, 'latin1');
  const header = (i: number, type: number, offset: number, size: number, link: number): void =>
    [0, type, 0, 0, offset, size, link].forEach((word, j) =>
      bytes.writeUInt32LE(word, sectionsAt + 40 * i + 4 * j),
    );
  header(1, 2, tableAt, namesAt - tableAt, 2);
  header(2, 3, namesAt, names.length, 0);
  return bytes;
}

describe('readFunctions', () => {
  const symbols: Symbol[] = [
    { name: 'step.c', kind: file, binding: local },
    { name: '.text', kind: section, binding: local },
    { name: 'mix', kind: func, binding: local, value: 0x201, bytes: 6 },
    { name: '', kind: file, binding: local },
    { name: 'inner', kind: func, binding: local, value: 0x301, bytes: 2 },
    { name: 'tlm_engine_step', kind: func, binding: global, value: 0x101, bytes: 0x20 },
    { name: 'in_assembly', kind: func, binding: global, value: 0x181 },
    { name: 'elsewhere', kind: func, binding: global, isUndefined: true },
  ];

  it('gives name, file and addresses, in order', () => {
    assert.deepEqual(readFunctions(elfOf(symbols)), [
      { name: 'tlm_engine_step', start: 0x100, end: 0x120 },
      { name: 'in_assembly', start: 0x180, end: 0x200 },
      { name: 'mix', file: 'step.c', start: 0x200, end: 0x206 },
      { name: 'inner', start: 0x300, end: 0x302 },
    ]);
  });

  it('leaves addresses of other cores as they are', () => {
    const [first] = readFunctions(
      elfOf([{ name: 'f', kind: func, binding: global, value: 0x102, bytes: 4 }], 243),
    );
    assert.deepEqual(first, { name: 'f', start: 0x102, end: 0x106 });
  });

  it('refuses what is no ELF file of a small core, and one without symbols', () => {
    const wide = elfOf(symbols);
    wide[4] = 2;
    for (const bytes of [new Uint8Array(64), wide]) assert.throws(() => readFunctions(bytes), /no ELF file/);
    const stripped = elfOf(symbols);
    stripped.fill(0, stripped.length - 3 * 40);
    assert.throws(() => readFunctions(stripped), /no symbols/);
  });
});
