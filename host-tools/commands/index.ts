// The verbs of `ternlet`, in the order of its help. Each is loaded when it is asked for, so that help stays fast.
import type { Verb } from './command.ts';

export interface VerbEntry {
  readonly name: string;
  readonly summary: string;
  load(): Promise<Verb>;
}

export const verbs: readonly VerbEntry[] = [
  {
    name: 'boards',
    summary: 'list the boards that are known',
    load: async () => (await import('./boards.ts')).boards,
  },
  {
    name: 'ports',
    summary: 'list the serial ports, and which of them is a board',
    load: async () => (await import('./ports.ts')).ports,
  },
  {
    name: 'models',
    summary: 'list the models that are shipped',
    load: async () => (await import('./models.ts')).models,
  },
  {
    name: 'doctor',
    summary: 'say what this machine lacks and how to get it',
    load: async () => (await import('./doctor.ts')).doctor,
  },
  {
    name: 'train',
    summary: 'make a model from a recipe and a corpus',
    load: async () => (await import('./train.ts')).train,
  },
  {
    name: 'compile',
    summary: 'turn a checkpoint into an image',
    load: async () => (await import('./compile.ts')).compile,
  },
  {
    name: 'inspect',
    summary: 'show what is in an image or a checkpoint',
    load: async () => (await import('./inspect.ts')).inspect,
  },
  {
    name: 'emulate',
    summary: 'run an emulated board behind a serial port',
    load: async () => (await import('./emulate.ts')).emulate,
  },
  {
    name: 'flash',
    summary: 'write firmware and model to a board',
    load: async () => (await import('./flash.ts')).flash,
  },
  {
    name: 'generate',
    summary: 'let a board continue a text',
    load: async () => (await import('./generate.ts')).generate,
  },
  {
    name: 'console',
    summary: 'talk to a board in a terminal',
    load: async () => (await import('./console.ts')).console,
  },
  {
    name: 'measure',
    summary: 'tell a story and what every token costs',
    load: async () => (await import('./measure.ts')).measure,
  },
  {
    name: 'eval',
    summary: 'measure how well a model predicts a text, in bits per byte',
    load: async () => (await import('./eval.ts')).evaluate,
  },
  {
    name: 'logits',
    summary: 'print the logits after each of some tokens',
    load: async () => (await import('./logits.ts')).logits,
  },
  {
    name: 'report',
    summary: 'make the report of run records again',
    load: async () => (await import('./report.ts')).report,
  },
];
