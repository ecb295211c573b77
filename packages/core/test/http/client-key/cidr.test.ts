import { BlockList, isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAddress } from '../../../src/http/client-key/address.ts';
import { covers, isUnbounded, parseCidr } from '../../../src/http/client-key/cidr.ts';
import { four, mapped, six } from './addresses.ts';

const isWithin = (range: string, address: string): boolean =>
  covers(parseCidr(range)!, parseAddress(address)!);

const blockList = (network: string, prefix: number, family: 'ipv4' | 'ipv6'): BlockList => {
  const list = new BlockList();
  list.addSubnet(network, prefix, family);
  return list;
};

/** An address and another that shares so many of its first bits, perhaps. */
const near = (address: fc.Arbitrary<string>): fc.Arbitrary<[string, string]> =>
  fc.oneof(
    fc.tuple(address, address),
    address.map((text): [string, string] => [text, text]),
    fc
      .tuple(address, fc.constantFrom('0', '1', '7'))
      .map(([text, end]): [string, string] => [text, text.replace(/[\da-f]$/i, end)])
      .filter(([, other]) => isIP(other) !== 0),
  );

describe('a network', () => {
  it('of IPv4 has the addresses that Node says it has', () => {
    fc.assert(
      fc.property(near(four), fc.nat(32), ([network, address], prefix) => {
        const expected = blockList(network, prefix, 'ipv4').check(address, 'ipv4');
        expect(isWithin(`${network}/${prefix}`, address)).toBe(expected);
      }),
      { numRuns: 2_000 },
    );
  });

  it('of IPv6 has the addresses that Node says it has', () => {
    fc.assert(
      fc.property(near(six), fc.nat(128), ([network, address], prefix) => {
        const expected = blockList(network, prefix, 'ipv6').check(address, 'ipv6');
        expect(isWithin(`${network}/${prefix}`, address)).toBe(expected);
      }),
      { numRuns: 2_000 },
    );
  });

  it('of IPv4 has an address also where it came as one of IPv6', () => {
    fc.assert(
      fc.property(mapped, fc.nat(32), ({ text, dottedText }, prefix) => {
        expect(isWithin(`${dottedText}/${prefix}`, text)).toBe(true);
        expect(isWithin(`${text}/${96 + prefix}`, dottedText)).toBe(true);
      }),
    );
  });

  it('of IPv6 never has an address of IPv4, nor the other way round', () => {
    fc.assert(
      fc.property(four, six, fc.nat(95), (dotted, other, prefix) => {
        expect(isWithin(`::/${prefix}`, dotted)).toBe(false);
        expect(isWithin(`::ffff:0:0/${prefix}`, dotted)).toBe(false);
        expect(isWithin('0.0.0.0/0', other)).toBe(false);
      }),
    );
  });

  it('without a length is one address', () => {
    expect(isWithin('10.0.0.1', '10.0.0.1')).toBe(true);
    expect(isWithin('10.0.0.1', '10.0.0.2')).toBe(false);
    expect(isWithin('::1', '0:0::1')).toBe(true);
    expect(isWithin('::1', '::2')).toBe(false);
  });

  it.each([
    ['0.0.0.0/0', true],
    ['1.2.3.4/0', true],
    ['::/0', true],
    ['fe80::/0', true],
    ['::ffff:0:0/96', true],
    ['0.0.0.0/1', false],
    ['::/1', false],
    ['::/96', false],
    ['10.0.0.0/8', false],
    ['0.0.0.0', false],
    ['::', false],
  ])('%s is everybody: %j', (text, everybody) => {
    expect(isUnbounded(parseCidr(text)!)).toBe(everybody);
  });

  it.each([
    '',
    '/8',
    '10.0.0.0/',
    '10.0.0.0/33',
    '10.0.0.0/08',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '10.0.0.0/8 ',
    '10.0.0.0/255.0.0.0',
    '10.0.0/8',
    '::/129',
    '::/1e1',
    '[::]/8',
    'loopback',
  ])('%j is none', (text) => {
    expect(parseCidr(text)).toBeUndefined();
  });
});
