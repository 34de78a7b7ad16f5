// The GNU tools for a firmware's core: what they say about it. Debian: binutils-arm-none-eabi, binutils-riscv64-unknown-elf.
import { closeSync, openSync, readSync } from 'node:fs';
import { run } from './run.ts';
import type { RunResult } from './run.ts';

/** Bytes of a firmware by where they go. */
export interface FirmwareSizes {
  /** In flash: code, constants, initial values. */
  flashBytes: number;
  /** In RAM: variables, without stack and working memory. */
  staticBytes: number;
}

/** A symbol of an ELF file, with its address. */
export interface ElfSymbol {
  name: string;
  address: number;
}

/** First part of the tools' names, by the machine that an ELF file names. */
const prefixes: Readonly<Record<number, string>> = { 40: 'arm-none-eabi-', 243: 'riscv64-unknown-elf-' };

function prefixOf(elf: string): string {
  const file = openSync(elf, 'r');
  const header = Buffer.alloc(20);
  readSync(file, header);
  closeSync(file);
  const prefix = prefixes[header.readUInt16LE(18)];
  if (prefix === undefined) throw new Error(`${elf} is of no core that we know.`);
  return prefix;
}

function ask(tool: 'nm' | 'objdump', args: readonly string[], elf: string): Promise<RunResult> {
  return run(prefixOf(elf) + tool, [...args, elf]);
}

/** Defined symbols of an ELF file, sorted by address. */
export async function symbolsOf(elf: string): Promise<ElfSymbol[]> {
  const { stdout } = await ask('nm', ['--numeric-sort', '--defined-only'], elf);
  return stdout.split('\n').flatMap((line) => {
    const match = /^([0-9a-f]+) \S (\S+)$/.exec(line);
    return match ? [{ address: Number.parseInt(match[1]!, 16), name: match[2]! }] : [];
  });
}

/** Flash and RAM of an ELF file, from the symbols of the linker script. */
export async function sizesOf(elf: string): Promise<FirmwareSizes> {
  const symbols = new Map((await symbolsOf(elf)).map(({ name, address }) => [name, address]));
  return { flashBytes: symbols.get('_firmware_bytes') ?? 0, staticBytes: symbols.get('_static_bytes') ?? 0 };
}

/** The instructions of an ELF or object file as text, one a line. */
export async function disassemble(elf: string): Promise<string> {
  return (await ask('objdump', ['--disassemble', '--no-show-raw-insn'], elf)).stdout;
}

/** What in an ELF or object file does floating-point arithmetic: library functions and instructions, each once. */
export async function floatingPointIn(elf: string): Promise<string[]> {
  const { stdout: table } = await ask('nm', [], elf);
  const functions = table
    .split('\n')
    .map((line) => line.trim().split(' ').at(-1)!)
    .filter((name) =>
      /^__(aeabi_([fd]|c[fd]|u?[il]2[fd])|(add|sub|mul|div|neg|eq|ne|l[te]|g[te]|unord)[sd]f|float|fix|extendsf|truncdf)/.test(
        name,
      ),
    );
  // Those of Arm begin with v, those of RISC-V with f, as its fence does.
  const instructions = [
    ...(await disassemble(elf)).matchAll(
      /^\s*[0-9a-f]+:\t(v[a-z0-9.]+|(?:c\.)?f(?!ence)[a-z0-9.]+)(?=\t|$)/gm,
    ),
  ].map((match) => match[1]!);
  return [...new Set([...functions, ...instructions])].sort();
}
