// Numbers as a person reads them.
import { assert } from 'chai';
import { showChange, showNumber } from '../../host-tools/commands/number-text.ts';

describe('showNumber', () => {
  it('writes whole numbers as they are and six digits of others', () => {
    const texts = [0, 917504, 0.03125, 1 / 3, 12345.678, 1e-6, 1.00000761e-6, -2.5e-9].map(showNumber);
    assert.deepEqual(texts, [
      '0',
      '917504',
      '0.03125',
      '0.333333',
      '12345.7',
      '1e-6',
      '1.00001e-6',
      '-2.5e-9',
    ]);
  });
});

describe('showChange', () => {
  it('signs a change that shows, and no other', () => {
    const texts = [1.0002, 0.9995, 1.000001, 0.999999, 1].map((to) => showChange(1, to));
    assert.deepEqual(texts, ['+0.020 %', '-0.050 %', '0.000 %', '0.000 %', '0.000 %']);
  });
});
