/**
 * An IP address as the eight groups of IPv6. One of IPv4 is `::ffff:a.b.c.d` (RFC 4291, 2.5.5.2), which
 * is also how a socket that listens on both shows it: the same client either way.
 */
export type Address = readonly number[];

const GROUPS = 8;
const GROUP_BITS = 16;
const ONES = 0xff_ff;
/** How many bits stand in front of an IPv4 address. */
export const MAPPED_BITS = 96;

const GROUP = /^[\da-f]{1,4}$/i;
/** No leading zeros, which some read as octal. */
const BYTE = '(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const DOTTED = new RegExp(`^${BYTE}\\.${BYTE}\\.${BYTE}\\.${BYTE}$`);

/** The two groups of `a.b.c.d`. */
const dottedGroups = (text: string): [number, number] | undefined => {
  const match = DOTTED.exec(text);
  if (match === null) return undefined;
  const [, a, b, c, d] = match;
  return [Number(a) * 256 + Number(b), Number(c) * 256 + Number(d)];
};

/** With the last two groups in hex where they were written as an IPv4 address. */
const withoutDots = (text: string): string | undefined => {
  if (!text.includes('.')) return text;
  const start = text.lastIndexOf(':') + 1;
  const groups = dottedGroups(text.slice(start));
  return groups && `${text.slice(0, start)}${groups[0].toString(16)}:${groups[1].toString(16)}`;
};

const hexGroups = (text: string | undefined): number[] | undefined => {
  if (text === undefined || text === '') return [];
  const parts = text.split(':');
  return parts.every((part) => GROUP.test(part))
    ? parts.map((part) => Number.parseInt(part, 16))
    : undefined;
};

const parseSix = (written: string): Address | undefined => {
  const [left, right, ...more] = withoutDots(written)?.split('::') ?? [];
  const head = hexGroups(left);
  const tail = hexGroups(right);
  if (left === undefined || more.length > 0 || !head || !tail) return undefined;
  const missing = GROUPS - head.length - tail.length;
  const whole = right === undefined ? missing === 0 : missing > 0;
  return whole ? [...head, ...Array<number>(missing).fill(0), ...tail] : undefined;
};

/** Reads an address of either kind, without port, brackets or zone; undefined for anything else. */
export const parseAddress = (text: string): Address | undefined => {
  if (text.includes(':')) return parseSix(text);
  const groups = dottedGroups(text);
  return groups && [0, 0, 0, 0, 0, ONES, ...groups];
};

/** Whether it is one of IPv4, however it was written. */
export const isFour = (address: Address): boolean =>
  address[5] === ONES && address.every((group, index) => index >= 5 || group === 0);

/** The longest run of zeros, the first of several, as long as it saves a letter. */
const longestZeros = (address: Address): { start: number; length: number } => {
  let best = { start: GROUPS, length: 1 };
  let length = 0;
  for (const [index, group] of address.entries()) {
    length = group === 0 ? length + 1 : 0;
    if (length > best.length) best = { start: index - length + 1, length };
  }
  return best;
};

const hex = (groups: Address): string => groups.map((group) => group.toString(16)).join(':');

/**
 * The one way of writing it: dotted for IPv4, else as RFC 5952 recommends. Always a text of its own,
 * which holds on to nothing that it was read from.
 */
export const formatAddress = (address: Address): string => {
  if (isFour(address)) {
    const [high = 0, low = 0] = address.slice(6);
    return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
  }
  const { start, length } = longestZeros(address);
  if (start === GROUPS) return hex(address);
  return `${hex(address.slice(0, start))}::${hex(address.slice(start + length))}`;
};

/** The bits of a group that are among the first so many of an address. */
export const maskOf = (bits: number, index: number): number => {
  const kept = Math.min(Math.max(bits - index * GROUP_BITS, 0), GROUP_BITS);
  return (ONES << (GROUP_BITS - kept)) & ONES;
};

/** The address with all but its first bits set to zero. */
export const networkOf = (address: Address, bits: number): Address =>
  address.map((group, index) => group & maskOf(bits, index));
