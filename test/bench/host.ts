// Times products on this computer, natively and as WebAssembly, beside a dense int8 layer between the same two points in time.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { freestanding, kernelFlags, kernelSources } from '../../host-tools/toolchain/build-plan.ts';
import { firmwareFiles } from '../../host-tools/toolchain/firmware-build.ts';
import { packageRoot } from '../../host-tools/toolchain/paths.ts';
import { run } from '../../host-tools/toolchain/run.ts';
import { runWasmClang } from '../../host-tools/toolchain/wasm-clang.ts';
import { planOf, shapes } from './kernels.ts';
import type { HostFigures } from './record.ts';

/** What Node has of it, which TypeScript knows from browsers only. */
declare const WebAssembly: {
  instantiate(bytes: Uint8Array): Promise<{ instance: { exports: Record<string, unknown> } }>;
};

/** In the order of bench_run in host.c. */
const hostKernels = ['dense_s8', 'gemv_s8_t5', 'gemv_pair_s8_t5', 'gemv_s8_t2', 'gemv_pair_s8_t2'] as const;

const rounds = 41;
/** How often each kernel runs between two looks at the clock. */
const times = 20;
const program = 'test/bench/host.c';

const arrangements = shapes.map((shape) => [
  ...shape,
  planOf('simd', 't5', shape).chunk,
  planOf('simd', 't2', shape).chunk,
]);

/** Nanoseconds: of each round, each shape's kernels in turn. */
async function timeNative(folder: string): Promise<number[][]> {
  const inRoot = { cwd: packageRoot() };
  const [object, path] = [join(folder, 'host.o'), join(folder, 'host')];
  const flags = kernelFlags('simd');
  const sources = kernelSources('simd', firmwareFiles());
  // The dense layer may use whatever this computer has, as the kernels find out for themselves.
  await run('cc', [...flags, '-O3', '-march=native', '-c', program, '-o', object], inRoot);
  await run('cc', [...flags, '-O2', ...sources, object, '-o', path], inRoot);
  const { stdout } = await run(path, [rounds, times, ...arrangements.flat()].map(String));
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.trimEnd().split(' ').map(Number));
}

interface WasmBench {
  bench_prepare(...arrangement: number[]): void;
  bench_run(kernel: number, times: number): void;
}

async function buildWasmBench(folder: string): Promise<WasmBench> {
  const path = join(folder, 'host.wasm');
  const files = firmwareFiles();
  const sources = [program, 'firmware/hal/memory.c', ...kernelSources('simd', files)];
  const headers = files.filter((file) => file.endsWith('.h'));
  // As toolchain/build-plan.ts compiles the device.
  const flags = ['--target=wasm32', '-nostdlib', '-fno-builtin', '-O3', '-mbulk-memory', '-msimd128'];
  const exports = ['bench_prepare', 'bench_run'].map((name) => `-Wl,--export=${name}`);
  const args = [...flags, ...freestanding, ...kernelFlags('simd'), '-Wl,--no-entry', ...exports];
  await runWasmClang(packageRoot(), [...sources, ...headers], [...args, ...sources, '-o', path], path);
  const { instance } = await WebAssembly.instantiate(readFileSync(path));
  return instance.exports as unknown as WasmBench;
}

async function timeWasm(folder: string): Promise<number[][]> {
  const bench = await buildWasmBench(folder);
  const timed = (kernel: number): number => {
    bench.bench_run(kernel, 1);
    const start = performance.now();
    bench.bench_run(kernel, times);
    return 1e6 * (performance.now() - start);
  };
  const round = (): number[] =>
    arrangements.flatMap((arrangement) => {
      bench.bench_prepare(...arrangement);
      return hostKernels.map((_, kernel) => timed(kernel));
    });
  // Code is compiled anew once it is known to be hot.
  for (let i = 0; i < 5; i += 1) round();
  return Array.from({ length: rounds }, round);
}

/** The middle of the rounds, and the half of them around it. */
function spread(values: readonly number[]): HostFigures['toDense'] {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (part: number): number => sorted[Math.round(part * (sorted.length - 1))]!;
  return { median: at(0.5), low: at(0.25), high: at(0.75) };
}

function figuresOf(form: string, nanoseconds: readonly number[][]): HostFigures[] {
  return hostKernels.flatMap((kernel, k): HostFigures[] => {
    if (k === 0) return [];
    const vectors = kernel.includes('pair') ? 2 : 1;
    const ratios = nanoseconds.map((round) => {
      const ofShapes = shapes.map((_, i) => {
        const first = i * hostKernels.length;
        return round[first + k]! / vectors / round[first]!;
      });
      return ofShapes.reduce((sum, ratio) => sum + ratio, 0) / ofShapes.length;
    });
    return [{ form, kernel, toDense: spread(ratios) }];
  });
}

export async function hostFigures(folder: string): Promise<HostFigures[]> {
  return [
    ...figuresOf(`native (${process.arch})`, await timeNative(folder)),
    ...figuresOf('WebAssembly', await timeWasm(folder)),
  ];
}
