// Every kernel belongs to one operator of a profile, and to one alone; what is none is counted as the rest.
import { basename } from 'node:path';
import { assert } from 'chai';
import { operatorOf, operators, otherOperator, rangesOf } from '../../host-tools/measure/operators.ts';
import type { CodeFunction } from '../../host-tools/toolchain/elf.ts';
import { listFiles, readSource } from '../support/sources.ts';

const kernels = listFiles().filter((path) => /^firmware\/kernels\/[^/]+\/[^/]+\.[cS]$/.test(path));

function code(name: string, start: number, bytes: number, file?: string): CodeFunction {
  return { name, start, end: start + bytes, ...(file !== undefined && { file }) };
}

describe('operators', () => {
  it('take each file of firmware/kernels once', () => {
    assert.isAbove(kernels.length, 20);
    for (const path of kernels) {
      const name = basename(path).replace(/\.[cS]$/, '');
      const taking = operators.filter(({ kernels: pattern }) => pattern.test(name));
      assert.lengthOf(taking, 1, `${path}: ${taking.map((operator) => operator.name).join(', ')}`);
    }
  });

  it('take what a kernel lets others call as they take its file', () => {
    const inAssembly = /^\s*(?:\.glob(?:a)?l|function)\s+(\w+)/gm;
    const inC = /^(?!static|#|\/\/| )[\w ]*\w[ *]+(\w+)\([^;]*?\)\s*\{/gm;
    let n = 0;
    // Those of simd/ run on no chip.
    for (const path of kernels.filter((one) => !one.includes('/simd/'))) {
      const file = basename(path).replace(/\.[cS]$/, '');
      const found = [...readSource(path).matchAll(path.endsWith('.S') ? inAssembly : inC)];
      n += found.length;
      for (const [, name] of found) {
        assert.equal(operatorOf(name!)?.name, operatorOf(file)?.name, `${name} of ${path}`);
      }
    }
    assert.isAbove(n, kernels.length / 2);
  });

  it('have kernels each, and names that the emulator takes', () => {
    const stems = kernels.map((path) => basename(path).replace(/\.[cS]$/, ''));
    for (const { name, kernels: pattern } of operators) {
      assert.isTrue(
        stems.some((stem) => pattern.test(stem)),
        name,
      );
      assert.match(name, /^[\w.$-]{1,63}$/);
      assert.notEqual(name, otherOperator.name);
    }
    assert.lengthOf(new Set(operators.map(({ name }) => name)), operators.length);
  });

  it('leave engine, link and chip to the rest', () => {
    const names = ['tlm_engine_step', 'main', '__aeabi_uldivmod', 'memcpy', 'tlm_sample', 'gather'];
    for (const name of names) assert.isUndefined(operatorOf(name), name);
  });
});

describe('rangesOf', () => {
  it('joins the functions of an operator that lie side by side', () => {
    const functions = [
      code('lookup_u16', 0x140, 0x20),
      code('tlm_engine_step', 0x170, 0x10),
      code('table_s8_t5', 0x100, 0x1e),
      code('table_s8_t2', 0x120, 0x1e),
      code('table_pair_s8_t2', 0x180, 8),
    ];
    assert.deepEqual(rangesOf(functions), [
      { name: 'tables', start: 0x100, end: 0x13e },
      { name: 'look-ups', start: 0x140, end: 0x160 },
      { name: 'tables', start: 0x180, end: 0x188 },
    ]);
  });

  it('goes by the file of what is called like a kernel or like none', () => {
    const functions = [
      code('add_product', 0x100, 8, 'step.c'),
      code('one_chunk.constprop.0', 0x108, 8, 'gemv.c'),
      code('core1', 0x110, 8, 'parallel.c'),
    ];
    assert.deepEqual(rangesOf(functions), [{ name: 'driver', start: 0x108, end: 0x118 }]);
  });

  it('counts code with two names once', () => {
    const functions = [
      code('gate_s32', 0x100, 0x40),
      code('gate_s32_end', 0x120, 4),
      code('alias', 0x100, 0x40),
    ];
    assert.deepEqual(rangesOf(functions), [{ name: 'gates', start: 0x100, end: 0x140 }]);
  });
});
