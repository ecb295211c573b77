import fc from 'fast-check';
import { expect, it } from 'vitest';
import { BodyLength } from '../../../src/http/inbound/session-body-length.ts';

const chunk = fc.oneof(
  fc.string({ unit: 'grapheme' }).map((text) => ({ text, encoding: 'utf8' as const })),
  fc
    .uint8Array()
    .map((bytes) => ({ text: Buffer.from(bytes).toString('hex'), encoding: 'hex' as const })),
);

it('a body is complete with the part that brings it to its length, whatever it is written as', () => {
  fc.assert(
    fc.property(fc.array(chunk), fc.boolean(), fc.boolean(), (chunks, asText, inHead) => {
      const parts = chunks.map(({ text, encoding }) => Buffer.from(text, encoding));
      const total = Buffer.concat(parts).length;
      const length = new BodyLength();
      if (inHead) length.announce(String(total));
      const complete = chunks.map(({ text, encoding }, index) =>
        asText
          ? length.isCompleteWith(text, encoding, inHead ? undefined : total)
          : length.isCompleteWith(parts[index], undefined, inHead ? undefined : total),
      );
      const last = parts.findLastIndex((part) => part.length > 0);
      expect(complete).toEqual(parts.map((_, index) => index === last));
    }),
  );
});

it.each([undefined, 'much', ['1', '2'], {}])('a length of %j is none', (field) => {
  const length = new BodyLength();
  expect(length.isCompleteWith('text', () => undefined, field)).toBe(false);
});
