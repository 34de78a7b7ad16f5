// Runs one check of the sources: a program that ends with 0 where all is well.
import { spawn } from 'node:child_process';
import { root } from './setup.mjs';

/** How it went, and what there is to say: all output of a check that failed; why one could not be run. */
export function check({ program, args }) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    child.stdout.on('data', (text) => (said += text));
    child.stderr.on('data', (text) => (said += text));
    child.once('error', (error) => resolve({ outcome: 'skipped', said: error.message }));
    child.once('close', (code, signal) => {
      if (code === 0) resolve({ outcome: 'passed', said: '' });
      else resolve({ outcome: 'failed', said: signal ? `${said}${program} was ended by ${signal}\n` : said });
    });
  });
}
