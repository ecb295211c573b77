import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FrameReader } from '../../src/ipc-store/wire/frame-reader.ts';
import { FrameWriter, sizeOfText } from '../../src/ipc-store/wire/frame-writer.ts';
import { Frames } from '../../src/ipc-store/wire/frames.ts';
import { MAX_FRAME_BYTES } from '../../src/ipc-store/wire/limits.ts';

/** What was written together, and whether the frame ends after it. */
interface Item {
  readonly byte: number;
  readonly number: number;
  readonly text: string;
  readonly data: Uint8Array;
  readonly end: boolean;
}

const ITEM: fc.Arbitrary<Item> = fc.record({
  byte: fc.integer({ min: 0, max: 255 }),
  number: fc.double(),
  // Also halves of surrogate pairs, and letters that take one byte.
  text: fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary-ascii' })),
  data: fc.oneof(
    { weight: 40, arbitrary: fc.uint8Array() },
    { weight: 1, arbitrary: fc.constant(new Uint8Array(70_000).fill(7)) },
  ),
  end: fc.boolean(),
});

const write = (items: readonly Item[]): Buffer[] => {
  const frames: Buffer[] = [];
  const to = new FrameWriter((frame) => void frames.push(Buffer.from(frame)));
  for (const { byte, number, text, data, end } of items) {
    to.reserve(1 + 8 + sizeOfText(text) + 4 + data.length);
    to.byte(byte);
    to.number(number);
    to.text(text);
    to.data(data);
    if (end) to.end();
  }
  to.end();
  return frames;
};

const readFrame = (from: FrameReader, ends: readonly boolean[]): Item[] => {
  const items: Item[] = [];
  while (!from.done) {
    const [byte, number, text] = [from.byte(), from.number(), from.text()];
    items.push({ byte, number, text, data: Uint8Array.from(from.data()), end: false });
  }
  return items.map((item, at) => ({ ...item, end: ends[at] ?? false }));
};

/** In pieces of these lengths, over and over. */
const cut = (bytes: Buffer, lengths: readonly number[]): Buffer[] => {
  const pieces: Buffer[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const length = lengths[turn % lengths.length] ?? 1;
    pieces.push(bytes.subarray(at, at + length));
    at += length;
  }
  return pieces;
};

const head = (length: number, version = 1): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(version * 2 ** 24 + length);
  return bytes;
};

describe('what goes over the line', () => {
  test('is read as it was written, however it is cut', () => {
    const lengths = fc.array(fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constant(65_536)), {
      minLength: 1,
    });
    fc.assert(
      fc.property(fc.array(ITEM), lengths, (items, pieces) => {
        const frames = new Frames();
        const read: Item[] = [];
        for (const chunk of cut(Buffer.concat(write(items)), pieces)) {
          frames.push(chunk);
          for (let frame = frames.next(); frame !== undefined; frame = frames.next()) {
            const ends = items.slice(read.length).map(({ end }) => end);
            read.push(...readFrame(new FrameReader(frame), ends));
          }
        }
        expect(read).toEqual(items);
      }),
      { numRuns: 150 },
    );
  });

  test('is no frame without content, and none that is longer than the longest', () => {
    const frames = write([]);
    expect(frames).toEqual([]);
    for (const wrong of [head(0), head(MAX_FRAME_BYTES + 1), head(1, 0), head(1, 2)]) {
      for (const chunks of [[wrong], cut(wrong, [1])]) {
        const reader = new Frames();
        expect(() => {
          for (const chunk of chunks) {
            reader.push(chunk);
            reader.next();
          }
        }).toThrow(/a frame of|version/);
      }
    }
  });

  test('is never read beyond the end of its frame', () => {
    const [frame = Buffer.alloc(0)] = write([
      { byte: 1, number: 2, text: 'three', data: Uint8Array.of(4, 5), end: true },
    ]);
    for (let length = 0; length < frame.length - 4; length++) {
      expect(() => {
        const from = new FrameReader(frame.subarray(4, 4 + length));
        from.byte();
        from.number();
        from.text();
        from.data();
      }).toThrow(Error);
    }
  });
});
