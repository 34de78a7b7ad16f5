// Text is shown as early as it can be, and never a byte of what it must stop before.
import { assert } from 'chai';
import * as fc from 'fast-check';
import { createStopText } from '../../host-tools/commands/stop-text.ts';

fc.configureGlobal({ seed: 1 });

describe('createStopText', () => {
  const show = (stops: readonly string[], pieces: readonly string[]): string => {
    const filter = createStopText(stops);
    let shown = '';
    for (const piece of pieces) {
      const { text, found } = filter.take(Buffer.from(piece));
      shown += Buffer.from(text).toString();
      if (found) return shown;
    }
    return shown + Buffer.from(filter.rest()).toString();
  };

  it('ends before the first of the strings, wherever tokens are cut', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 30 });
    const stops = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 3 }), {
      maxLength: 3,
    });
    fc.assert(
      fc.property(letters, stops, fc.integer({ min: 1, max: 4 }), (text, strings, size) => {
        const pieces = text.match(new RegExp(`.{1,${size}}`, 'g')) ?? [];
        const places = strings.map((one) => text.indexOf(one)).filter((at) => at >= 0);
        const shown = show(strings, pieces);
        // Of two that overlap, the one that is complete first ends the text.
        if (places.length === 0) assert.equal(shown, text);
        else assert.isTrue(text.startsWith(shown) && strings.every((one) => !shown.includes(one)));
      }),
    );
  });

  it('holds back only what may be a beginning', () => {
    const filter = createStopText(['the end']);
    assert.equal(Buffer.from(filter.take(Buffer.from('this is th')).text).toString(), 'this is ');
    assert.equal(Buffer.from(filter.take(Buffer.from('em')).text).toString(), 'them');
  });
});
