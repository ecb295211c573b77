import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatAddress,
  isFour,
  networkOf,
  parseAddress,
} from '../../../src/http/client-key/address.ts';
import { asInUrl, four, groups, mapped, nearlyAddress, six } from './addresses.ts';

const normalised = (text: string): string | undefined => {
  const address = parseAddress(text);
  return address && formatAddress(address);
};

describe('an address', () => {
  it('of IPv6 is written as a URL has it, however it was spelt', () => {
    fc.assert(
      fc.property(six, (text) => {
        expect(normalised(text)).toBe(asInUrl(text));
      }),
      { numRuns: 2_000 },
    );
  });

  it('of IPv4 is written dotted, also where it came as one of IPv6', () => {
    fc.assert(
      fc.property(mapped, ({ text, dottedText }) => {
        expect(normalised(text)).toBe(dottedText);
        expect(normalised(dottedText)).toBe(dottedText);
        expect(isFour(parseAddress(text)!)).toBe(true);
      }),
    );
  });

  it('is one where Node says so, and nothing else is', () => {
    fc.assert(
      fc.property(nearlyAddress, (text) => {
        expect(parseAddress(text) !== undefined).toBe(isIP(text) !== 0);
      }),
      { numRuns: 20_000 },
    );
  });

  it('is read back as it was, group for group', () => {
    fc.assert(
      fc.property(groups, (address) => {
        expect(parseAddress(formatAddress(address))).toEqual(address);
      }),
    );
  });

  it.each([
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
    ['1:0:0:2:3:0:0:4', '1::2:3:0:0:4'],
    ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['2001:DB8::00A:b', '2001:db8::a:b'],
    ['::1.2.3.4', '::102:304'],
    ['64:ff9b::1.2.3.4', '64:ff9b::102:304'],
    ['::ffff:0:1.2.3.4', '::ffff:0:102:304'],
    ['::FFFF:1.2.3.4', '1.2.3.4'],
    ['0:0:0:0:0:ffff:0102:0304', '1.2.3.4'],
    ['255.255.255.255', '255.255.255.255'],
    ['0.0.0.0', '0.0.0.0'],
  ])('%s is %s', (text, written) => {
    expect(normalised(text)).toBe(written);
  });

  it.each([
    '',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    '::1:2:3:4:5:6:7:8',
    '12345::',
    'g::',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '01.2.3.4',
    '0x1.2.3.4',
    '1.2.3.4 ',
    '16909060',
    '1.2.3.4::',
    '::1.2.3.4:5',
    '::1.2.3',
    '[::1]',
    '::1%eth0',
    '١.٢.٣.٤',
    `${'0'.repeat(40)}::1`,
  ])('%j is none', (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });
});

describe('the network of an address', () => {
  it('has its first bits, and zeros behind them', () => {
    const bitsOf = (address: readonly number[]): string =>
      address.map((group) => group.toString(2).padStart(16, '0')).join('');
    fc.assert(
      fc.property(groups, fc.nat(128), (address, bits) => {
        const expected = bitsOf(address).slice(0, bits).padEnd(128, '0');
        expect(bitsOf(networkOf(address, bits))).toBe(expected);
      }),
    );
  });

  it('is its own network, and lies within every larger one', () => {
    fc.assert(
      fc.property(groups, fc.nat(128), fc.nat(128), (address, a, b) => {
        const network = networkOf(address, Math.max(a, b));
        expect(networkOf(network, Math.max(a, b))).toEqual(network);
        expect(networkOf(network, Math.min(a, b))).toEqual(networkOf(address, Math.min(a, b)));
      }),
    );
  });

  it('of IPv4 counts from the dotted part', () => {
    fc.assert(
      fc.property(four, (text) => {
        const [a, b] = text.split('.');
        expect(formatAddress(networkOf(parseAddress(text)!, 96 + 16))).toBe(`${a}.${b}.0.0`);
      }),
    );
  });
});
