// The GNU tools for Arm cores: what they say about a firmware. Debian: gcc-arm-none-eabi.
import { run } from './run.ts';

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

/** Defined symbols of an ELF file, sorted by address. */
export async function symbolsOf(elf: string): Promise<ElfSymbol[]> {
  const { stdout } = await run('arm-none-eabi-nm', ['--numeric-sort', '--defined-only', elf]);
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
  return (await run('arm-none-eabi-objdump', ['--disassemble', '--no-show-raw-insn', elf])).stdout;
}

/** What in an ELF or object file does floating-point arithmetic: library functions and instructions, each once. */
export async function floatingPointIn(elf: string): Promise<string[]> {
  const { stdout: table } = await run('arm-none-eabi-nm', [elf]);
  const functions = table
    .split('\n')
    .map((line) => line.trim().split(' ').at(-1)!)
    .filter((name) =>
      /^__(aeabi_([fd]|c[fd]|u?[il]2[fd])|(add|sub|mul|div|neg|eq|ne|l[te]|g[te]|unord)[sd]f|float|fix|extendsf|truncdf)/.test(
        name,
      ),
    );
  const instructions = [...(await disassemble(elf)).matchAll(/^\s*[0-9a-f]+:\t(v[a-z0-9.]+)(?=\t|$)/gm)].map(
    (match) => match[1]!,
  );
  return [...new Set([...functions, ...instructions])].sort();
}
