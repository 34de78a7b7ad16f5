// The functions of a linked firmware, read from the symbols of its ELF file. Source: System V ABI, chapters 4 and 5; ELF for Arm, 5.5.
const identification = 0x464c457f; // 0x7f 'ELF'
const symbolTable = 2; // SHT_SYMTAB
const symbolBytes = 16;
const kinds = { function: 2, file: 4 } as const; // STT_FUNC, STT_FILE
const armMachine = 40; // EM_ARM

/** A function of a firmware. */
export interface CodeFunction {
  readonly name: string;
  /** The source that a function belongs to which no other may call, such as `gemv.c`; left out for the others. */
  readonly file?: string;
  readonly start: number;
  /** The first address behind it. */
  readonly end: number;
}

/** All functions in the order of their addresses, of a 32-bit little-endian ELF file. A function without a size reaches to the next. */
export function readFunctions(elf: Uint8Array): CodeFunction[] {
  const view = new DataView(elf.buffer, elf.byteOffset, elf.byteLength);
  if (view.getUint32(0, true) !== identification || elf[4] !== 1 || elf[5] !== 1)
    throw new Error('This is no ELF file of a 32-bit little-endian core.');
  const sections = sectionsOf(view);
  const symbols = sections.find(({ type }) => type === symbolTable);
  if (!symbols) throw new Error('The ELF file has no symbols.');
  const found = readSymbols(elf, view, symbols, sections[symbols.link]!);
  const ordered = found.sort((a, b) => a.start - b.start || b.bytes - a.bytes);
  return ordered.map(({ bytes, start, ...names }) => {
    const next = ordered.find((other) => other.start > start);
    return { ...names, start, end: bytes > 0 ? start + bytes : (next?.start ?? start + 1) };
  });
}

interface Section {
  type: number;
  offset: number;
  bytes: number;
  /** Of a table of symbols: which section holds their names. */
  link: number;
}

function sectionsOf(view: DataView): Section[] {
  const [table, entryBytes, n] = [
    view.getUint32(32, true),
    view.getUint16(46, true),
    view.getUint16(48, true),
  ];
  return Array.from({ length: n }, (_, i) => {
    const at = table + i * entryBytes;
    const word = (offset: number): number => view.getUint32(at + offset, true);
    return { type: word(4), offset: word(16), bytes: word(20), link: word(24) };
  });
}

function readSymbols(elf: Uint8Array, view: DataView, symbols: Section, names: Section) {
  const text = (offset: number): string => {
    const start = names.offset + offset;
    return Buffer.from(elf.subarray(start, elf.indexOf(0, start))).toString('utf8');
  };
  const isArm = view.getUint16(18, true) === armMachine;
  const found: { name: string; file?: string; start: number; bytes: number }[] = [];
  let file = '';
  for (let at = symbols.offset; at < symbols.offset + symbols.bytes; at += symbolBytes) {
    const [kind, binding] = [elf[at + 12]! & 15, elf[at + 12]! >> 4];
    const [name, value] = [text(view.getUint32(at, true)), view.getUint32(at + 4, true)];
    // Symbols of one file stand behind its name.
    if (kind === kinds.file) file = name;
    if (kind !== kinds.function || view.getUint16(at + 14, true) === 0) continue;
    const isLocal = binding === 0 && file !== '';
    const start = isArm ? (value & ~1) >>> 0 : value; // Bit 0 says Thumb.
    found.push({ name, ...(isLocal && { file }), start, bytes: view.getUint32(at + 8, true) });
  }
  return found;
}
