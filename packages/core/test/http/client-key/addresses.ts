import fc from 'fast-check';

/** An address drawn group by group, zeros often enough that some run together. */
export const groups: fc.Arbitrary<number[]> = fc.array(
  fc.oneof(fc.constant(0), fc.nat(0xf), fc.nat(0xff_ff)),
  { minLength: 8, maxLength: 8 },
);

const bytes = fc.array(fc.oneof(fc.constantFrom(0, 9, 10, 99, 100, 199, 200, 255), fc.nat(255)), {
  minLength: 4,
  maxLength: 4,
});

/** `a.b.c.d` */
export const four: fc.Arbitrary<string> = bytes.map((each) => each.join('.'));

const isMapped = (address: readonly number[]): boolean =>
  address.slice(0, 6).join(',') === '0,0,0,0,0,65535';

const hex = (group: number, digits: number, upper: boolean): string => {
  const text = group.toString(16).padStart(digits, '0');
  return upper ? text.toUpperCase() : text;
};

const dotted = (high: number, low: number): string =>
  [high >> 8, high & 255, low >> 8, low & 255].join('.');

/** One of the many ways of writing eight groups. */
const spelt = (
  address: readonly number[],
  style: { digits: number; upper: boolean; dots: boolean; from: number; length: number },
): string => {
  const { digits, upper, dots, from, length } = style;
  const parts = address.map((group) => hex(group, digits, upper));
  if (dots) parts.splice(6, 2, dotted(address[6]!, address[7]!));
  const gap = parts.slice(from, from + length);
  const isGap = gap.length > 0 && gap.every((part) => /^0+$/.test(part));
  if (!isGap) return parts.join(':');
  const left = parts.slice(0, from).join(':');
  return `${left}::${parts.slice(from + length).join(':')}`;
};

const style = fc.record({
  digits: fc.integer({ min: 1, max: 4 }),
  upper: fc.boolean(),
  dots: fc.boolean(),
  from: fc.nat(7),
  length: fc.nat(8),
});

/** An IPv6 address in any spelling, none of IPv4 among them. */
export const six: fc.Arbitrary<string> = fc
  .tuple(groups, style)
  .filter(([address]) => !isMapped(address))
  .map(([address, how]) => spelt(address, how));

/** An IPv4 address as IPv6 writes it, and the same address dotted. */
export const mapped: fc.Arbitrary<{ text: string; dottedText: string }> = fc
  .tuple(bytes, style)
  .map(([[a = 0, b = 0, c = 0, d = 0], how]) => ({
    text: spelt([0, 0, 0, 0, 0, 0xff_ff, a * 256 + b, c * 256 + d], how),
    dottedText: [a, b, c, d].join('.'),
  }));

/** As a browser writes the host of an address; independent of what we write. */
export const asInUrl = (address: string): string =>
  new URL(`http://${address.includes(':') ? `[${address}]` : address}`).hostname.replace(
    /^\[|\]$/g,
    '',
  );

/** Texts that are an address but for a letter or two, and some that are none at all. */
export const nearlyAddress: fc.Arbitrary<string> = fc
  .tuple(
    fc.oneof(
      four,
      six,
      mapped.map(({ text }) => text),
    ),
    fc.array(
      fc.tuple(
        fc.nat(45),
        fc.nat(2),
        fc.constantFrom(...':.0123456789abcdefgF[]/ \t-+xé'.split('')),
      ),
      { maxLength: 3 },
    ),
  )
  .map(([text, edits]) => {
    let edited = text;
    for (const [at, taken, put] of edits)
      edited = edited.slice(0, at) + put + edited.slice(at + taken);
    return edited;
  });
