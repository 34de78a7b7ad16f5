// What the counting plugin tells of the pipeline of a Cortex-M4: each rule of its manual on a few instructions, wherever QEMU cuts them.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from 'chai';
import type { InstructionCounts, PipelineCounts } from '../../host-tools/emulators/counts.ts';
import { qemuCountPlugin, qemuVersion } from '../../host-tools/toolchain/qemu.ts';
import { run } from '../../host-tools/toolchain/run.ts';
import { missingPrograms } from '../support/board-firmware.ts';
import { cores, programsOf } from '../support/cores.ts';
import { marks } from '../support/kernel-harness.ts';
import { temporaryFolder } from '../support/temporary.ts';

const core = cores['cortex-m4'];
const { memory } = core;
const missing = missingPrograms(...programsOf(core));

/** Figures that are not 0. */
type Told = Partial<PipelineCounts & { pipelined: number }>;
type Case = readonly [code: string, told: Told];

const nothing: Told = {};
const waits: Told = { addressWaits: 1 };
const inOrder = { pipelined: 1 };

/** Each begins on a word, with r2 = r3 = 0, r6 = 8, and r4, r5 and sp somewhere in RAM, which holds zeros. */
const cases: Readonly<Record<string, readonly Case[]>> = {
  'a load right behind a load whose result is not its address': [
    ['ldr r0, [r4]; ldr r1, [r5]', inOrder],
    ['ldrb r0, [r4, #1]; ldrh r1, [r5, r6]; ldrsb r0, [r4, r6]', { pipelined: 2 }],
    ['ldrh.w r0, [r4, r6, lsl #1]; ldr.w r1, [r5, #4]', inOrder],
    ['ldr r0, [r4]; ldr r1, [r0]', nothing],
    ['ldr r0, [r4]; ldr r1, [r5, r0]', nothing],
    ['ldr r0, [r4]; nop; ldr r1, [r5]', nothing],
    ['ldr r0, [r4]; b 1f; nop; 1: ldr r1, [r5]', nothing],
    ['ldr r0, [r4]; ldmia.w r5, {r0, r1}; ldr r0, [r4]', nothing],
    ['ldr r0, [r4]; ldrd r0, r1, [r5]; ldr r0, [r4]', nothing],
    ['ldr r0, [r4]; ldr pc, =1f + 1; 1:', { literals: 1 }],
  ],
  'a store with a register as offset that is not pipelined': [
    ['str r0, [r4, r6]', { registerStores: 1 }],
    ['strb r0, [r4, r6]; strh.w r1, [r5, r6, lsl #1]', { registerStores: 2 }],
    ['str r0, [r4]; str r1, [r5, #4]; strb.w r0, [r4, #1]; strh r0, [r4, #2]', nothing],
    ['ldr r0, [r4]; str r1, [r5, r6]', nothing],
    ['ldr r0, [r4]; str r0, [r5, r6]', nothing],
    ['ldr r0, [r4]; str r1, [r5, r0]', { registerStores: 1 }],
    ['ldr r0, [r4]; str r1, [r5, r6]; str r1, [r4, r6]', { registerStores: 1 }],
  ],
  'a load right behind a store': [
    ['str r0, [r4]; ldr r1, [r5]', { behindStores: 1 }],
    ['str r0, [r4]; ldr r1, [r5]; ldr r0, [r5]', { behindStores: 1, pipelined: 1 }],
    ['str r0, [r4]; nop; ldr r1, [r5]', nothing],
    ['str r0, [r4, r6]; ldr r1, [r5]', { registerStores: 1 }],
    ['strd r0, r1, [r4]; ldr r1, [r5]', nothing],
  ],
  'an address that the instruction right ahead computes': [
    ...[
      ...[
        'lsls r5, r2, #1',
        'adds r5, r2, r3',
        'subs r5, r2, #0',
        'movs r5, #8',
        'adds r5, #4',
        'subs r5, #4',
      ],
      ...['ands r5, r2', 'lsrs r5, r6', 'mvns r5, r3; lsrs r5, r5, #16', 'muls r5, r6, r5', 'uxtb r5, r5'],
      ...['add r5, r6', 'mov r5, r4', 'adr r5, 1f; 1:', 'add r5, sp, #4', 'rev r5, r2'],
      ...['add.w r5, r4, r6', 'add.w r5, r4, #4', 'addw r5, r4, #4', 'movw r5, #8', 'movt r5, #0x2000'],
      ...['mov.w r5, #8', 'bfi r5, r2, #0, #2', 'ubfx r5, r4, #0, #8', 'usat r5, #4, r4', 'pkhbt r5, r2, r3'],
      ...['lsl.w r5, r2, r3', 'uxtah r5, r4, r2', 'sadd16 r5, r2, r3', 'clz r5, r2', 'mla r5, r2, r3, r4'],
      ...['smlabb r5, r2, r3, r4', 'umull r5, r0, r2, r3', 'umull r0, r5, r2, r3', 'udiv r5, r4, r6'],
    ].map((arithmetic): Case => [`${arithmetic}; ldr r0, [r5]`, waits]),
    ['adds r5, #4; str r0, [r5]', waits],
    ['movs r6, #4; ldr r0, [r4, r6]', waits],
    ['movs r6, #4; str r0, [r4, r6]', { ...waits, registerStores: 1 }],
    ['movs r6, #4; ldr.w r0, [r4, r6, lsl #2]', waits],
    ['adds r5, #4; ldmia r5!, {r0, r1}', waits],
    ['adds r5, #4; stmia.w r5, {r0, r1}', waits],
    ['adds r5, #4; ldrd r0, r1, [r5]', waits],
    ['sub sp, #8; push {r0}; add sp, #12', waits],
    ['sub sp, #8; pop {r0, r1}', waits],
    ['sub sp, #8; ldr r0, [sp]; add sp, #8', waits],
    ['adds r5, #4; nop; ldr r0, [r5]', nothing],
    ['adds r5, #4; b 1f; nop; 1: ldr r0, [r5]', nothing],
    ['cmp r5, #4; ldr r0, [r5]', nothing],
    ['cmp r5, r4; ldr r0, [r5]', nothing],
    ['tst r5, r4; ldr r0, [r5]', nothing],
    ['cmp.w r5, #4; ldr r0, [r5]', nothing],
    ['teq r5, r4; ldr r0, [r5]', nothing],
    ['adds r0, #4; str r0, [r5]', nothing],
    ['adds r0, #4; adds r0, r5', nothing],
  ],
  'a base that the load or store right ahead moves on': [
    ['ldr r0, [r5], #4; ldr r1, [r5]', { writeBackWaits: 1, pipelined: 1 }],
    ['str r0, [r5, #4]!; ldr r1, [r5]', { writeBackWaits: 1, behindStores: 1 }],
    ['ldmia r5!, {r0, r1}; ldr r0, [r5]', { writeBackWaits: 1 }],
    ['stmdb r5!, {r0, r1}; str r0, [r5]', { writeBackWaits: 1 }],
    ['ldrd r0, r1, [r5], #8; str r0, [r5]', { writeBackWaits: 1 }],
    ['push {r0}; pop {r0}', { writeBackWaits: 1 }],
    ['ldr r0, [r5], #4; ldr r1, [r4]', inOrder],
    ['ldr.w r0, [r5, #-4]; ldr r1, [r5]', inOrder],
    ['ldmia.w r5, {r0, r1}; ldr r0, [r5]', nothing],
    ['ldrd r0, r1, [r5, #8]; str r0, [r5]', nothing],
  ],
  'a pair of which one has 32 bits and lies across words': [
    ['nop; ldr.w r0, [r4]; ldr r1, [r5]', { ...inOrder, acrossWords: 1 }],
    ['ldr r0, [r4]; ldr.w r1, [r5]', { ...inOrder, acrossWords: 1 }],
    ['nop; ldr.w r0, [r4]; ldr.w r1, [r5]; ldr.w r0, [r4]', { pipelined: 2, acrossWords: 2 }],
    ['ldr r0, [r4]; str.w r1, [r5, r6]', { acrossWords: 1 }],
    ['ldr.w r0, [r4]; ldr.w r1, [r5]', inOrder],
    ['nop; ldr r0, [r4]; ldr.w r1, [r5]', inOrder],
    ['ldr r0, [r4]; ldr.w r1, [r0]', nothing],
    ['ldr r0, [r4]; str.w r1, [r5]', nothing],
  ],
  'a load relative to the program counter': [
    ['ldr r0, =0x12345678', { literals: 1 }],
    ['ldr.w r0, =0x12345678; nop; ldrb.w r1, [pc, #-8]', { literals: 2 }],
    ['ldr r1, [r5]; ldr r0, =0x12345678', { ...inOrder, literals: 1 }],
    ['ldr r1, [r5]; adr r0, 1f; 1:', nothing],
  ],
  'an IT that can be folded': [
    ['cmp r0, #0; it eq; moveq r0, r1', { folds: 1 }],
    ['cmp.w r0, #0; it eq; moveq r0, r1', nothing],
    ['b 1f; nop; 1: ite eq; moveq r0, r1; movne r0, r1', nothing],
    ['nop; yield', nothing],
  ],
};
const all = Object.values(cases).flat();

/** A program that goes through the cases, each between the marks. */
function program(): string {
  const zeroed = 'movs r2, #0; movs r3, #0; movs r6, #8; ldr r4, =ram + 256; ldr r5, =ram + 512';
  const parts = all.map(([code]) => `${zeroed}; .balign 4; bl mark_start; ${code}; bl mark_stop`);
  return [
    '.syntax unified; .cpu cortex-m4; .thumb; .text',
    `.set ram, ${memory.ram}; .word ${memory.stackTop}, reset`,
    `.org ${marks.start}; mark_start: bx lr; .org ${marks.stop}; mark_stop: bx lr`,
    '.type reset, %function; reset:',
    // Each constant lies far enough behind for its own bytes to be no part of what is counted.
    ...parts.map((part) => `${part}; b 9f; .ltorg; 9:`),
    'movs r0, #0x18; ldr r1, =0x20026; bkpt 0xab; .ltorg', // SYS_EXIT of semihosting
    '',
  ].join('\n');
}

describe('the pipeline of a Cortex-M4, as it is counted', function () {
  this.timeout(600_000);
  /** Of each case, where QEMU cuts blocks as it likes and where each instruction is a block. */
  const counted = new Map<Case, InstructionCounts[]>();

  before(async function () {
    if (missing.length > 0) {
      console.log(`    skipped: ${missing.join(' and ')} not installed`);
      return this.skip();
    }
    const folder = temporaryFolder();
    const [source, elf] = [join(folder, 'program.s'), join(folder, 'program.elf')];
    writeFileSync(source, program());
    await run(`${core.prefix}gcc`, [
      ...core.flags,
      '-nostdlib',
      `-Wl,-Ttext=${memory.code}`,
      source,
      '-o',
      elf,
    ]);
    const arguments_ = { out: 2, start: memory.code + marks.start, stop: memory.code + marks.stop };
    const plugin = [
      await qemuCountPlugin(core.emulator),
      ...Object.entries({ ...arguments_, isr_start: 0, isr_end: 0 }).map(
        ([name, value]) => `${name}=${value}`,
      ),
    ].join();
    const [major, minor] = await qemuVersion(core.emulator);
    const single =
      major > 8 || (major === 8 && minor > 0) ? ['-accel', 'tcg,one-insn-per-tb=on'] : ['-singlestep'];
    for (const cut of [[], single]) {
      const { stderr } = await run(core.emulator, [
        ...[...core.machine, ...cut, '-display', 'none', '-monitor', 'none', '-nodefaults'],
        ...['-semihosting-config', 'enable=on,target=native', '-kernel', elf, '-plugin', plugin],
      ]);
      const lines = stderr.split('\n').filter((line) => line.startsWith('{'));
      assert.lengthOf(lines, all.length, stderr);
      for (const [i, one] of all.entries())
        counted.set(one, [...(counted.get(one) ?? []), JSON.parse(lines[i]!) as InstructionCounts]);
    }
  });

  for (const [what, some] of Object.entries(cases))
    it(`tells ${what}`, () => {
      for (const one of some)
        for (const { pipelined, pipeline } of counted.get(one)!) {
          const told = Object.entries({ pipelined, ...pipeline }).filter(([, times]) => times > 0);
          assert.deepEqual(Object.fromEntries(told), one[1], one[0]);
        }
    });

  it('counts the same wherever a block ends', () => {
    for (const one of all) {
      const [whole, single] = counted.get(one)!;
      assert.deepEqual(single, whole, one[0]);
    }
  });
});
