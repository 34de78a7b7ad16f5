// Frames survive any cutting, and whatever a line does to them no wrong frame comes out.
import { assert } from 'chai';
import * as fc from 'fast-check';
import { payloadBytesMax } from '../../host-tools/contracts/link.ts';
import { crc16, createFrameDecoder, encodeFrame } from '../../host-tools/link/frames.ts';
import type { Frame } from '../../host-tools/link/frames.ts';

fc.configureGlobal({ seed: 1 });

/** Bytes among which those with a meaning on the wire are frequent. */
const byte = fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(0x10, 0x01, 0x03, 0x90));
const frame: fc.Arbitrary<Frame> = fc.record({
  type: byte,
  sequence: byte,
  payload: fc.array(byte, { maxLength: payloadBytesMax }).map((bytes) => Uint8Array.from(bytes)),
});
const frames = fc.array(frame, { minLength: 1, maxLength: 6 });

function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [...ends, bytes.length].map((end, i) => bytes.subarray(i === 0 ? 0 : ends[i - 1], end));
}

describe('frames', () => {
  it('carry the CRC-16/XMODEM of the catalogues', () => {
    assert.equal(crc16(new TextEncoder().encode('123456789')), 0x31c3);
  });

  it('come back as they went, however the bytes are cut', () => {
    fc.assert(
      fc.property(frames, fc.array(fc.nat()), (sent, places) => {
        const decoder = createFrameDecoder();
        const wire = Buffer.concat(sent.map(encodeFrame));
        assert.deepEqual(
          cut(wire, places).flatMap((piece) => decoder.take(piece)),
          sent,
        );
        assert.equal(decoder.damaged, 0);
      }),
    );
  });

  it('come back from among a console that talks', () => {
    fc.assert(
      fc.property(frames, fc.string(), (sent, talk) => {
        const text = new TextEncoder().encode(talk.replaceAll('\x10', ''));
        const wire = Buffer.concat(sent.flatMap((one) => [text, encodeFrame(one)]));
        assert.deepEqual(createFrameDecoder().take(wire), sent);
      }),
    );
  });

  it('are dropped when a byte is changed, lost or repeated, and the next one is whole', () => {
    const harm = fc.constantFrom('change', 'drop', 'repeat');
    fc.assert(
      fc.property(
        frame,
        frame,
        harm,
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (first, next, how, at, mask) => {
          const wire = [...encodeFrame(first)];
          const i = at % wire.length;
          if (how === 'change') wire[i]! ^= mask;
          else wire.splice(i, how === 'drop' ? 1 : 0, ...(how === 'drop' ? [] : [wire[i]!]));
          const heard = createFrameDecoder().take(Uint8Array.from([...wire, ...encodeFrame(next)]));
          assert.deepEqual(heard.at(-1), next);
          // A byte that is repeated in front of a frame, or a DLE behind one, leaves it whole; it never becomes another.
          if (heard.length > 1) assert.deepEqual(heard, [first, next]);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('never grow beyond the longest, whatever arrives', () => {
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 2000 }), (noise) => {
        for (const { payload } of createFrameDecoder().take(Uint8Array.from(noise))) {
          assert.isAtMost(payload.length, payloadBytesMax);
        }
      }),
    );
  });
});
