import { Readable } from 'node:stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { linesOf } from '../../src/lines/lines-of.ts';

/** Cut at any bytes, in the middle of characters as well. */
const cut = (bytes: Buffer, cuts: readonly number[]): Buffer[] => {
  const at = [0, ...cuts.map((each) => each % (bytes.length + 1)), bytes.length].sort(
    (one, other) => one - other,
  );
  return at.slice(1).map((to, index) => bytes.subarray(at[index], to));
};

test('lines are the same however their bytes arrive, and a long one costs no other', async () => {
  const text = fc.array(fc.constantFrom('\n', 'a', 'é', '🙂', '{', '\r'), { maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(text, fc.array(fc.nat(), { maxLength: 20 }), async (parts, cuts) => {
      const whole = parts.join('');
      const expected = whole
        .split('\n')
        .map((line) => (Buffer.byteLength(line) > 9 ? undefined : line));
      if (expected.at(-1) === '') expected.pop();
      const seen: (string | undefined)[] = [];
      const chunks = cut(Buffer.from(whole), cuts).filter(({ length }) => length > 0);
      const source = Readable.from(chunks, { objectMode: false });
      for await (const line of linesOf(source, 9)) seen.push(line);
      expect(seen).toStrictEqual(expected);
    }),
  );
});

test('of a line that is too long nothing is kept', async () => {
  const before = process.memoryUsage().arrayBuffers;
  function* endless(): Generator<Buffer> {
    for (let i = 0; i < 200; i++) yield Buffer.alloc(1_048_576);
  }
  for await (const line of linesOf(Readable.from(endless(), { objectMode: false }), 65_536))
    expect(line).toBeUndefined();
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(150 * 1_048_576);
});
