// Mocha's spec reporter that leaves its counts in the file TERNLET_COUNTS, for the last line of `npm test`.
import { writeFileSync } from 'node:fs';
import mocha from 'mocha';

export default class CountingReporter extends mocha.reporters.Spec {
  done(failures, finish) {
    const { passes: passed, failures: failed, pending: skipped } = this.stats;
    const path = process.env.TERNLET_COUNTS;
    if (path) writeFileSync(path, JSON.stringify({ passed, failed, skipped }));
    finish(failures);
  }
}
