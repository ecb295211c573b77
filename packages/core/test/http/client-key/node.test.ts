import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatAddress } from '../../../src/http/client-key/address.ts';
import { addressOfNode, addressOfSocket } from '../../../src/http/client-key/node.ts';
import { asInUrl, four, nearlyAddress, six } from './addresses.ts';

const read = (node: string): string | undefined => {
  const address = addressOfNode(node);
  return address && formatAddress(address);
};

const port = fc.oneof(
  fc.nat(65_535).map((number) => `:${number}`),
  fc.constantFrom(':_a', ':_secret-port.1', ''),
);

describe('the address of a node', () => {
  it('of IPv4 is what stands before the port', () => {
    fc.assert(
      fc.property(four, port, (text, behind) => {
        expect(read(text + behind)).toBe(text);
      }),
    );
  });

  it('of IPv6 is what stands in brackets before the port, or all of it', () => {
    fc.assert(
      fc.property(six, port, (text, behind) => {
        expect(read(`[${text}]${behind}`)).toBe(asInUrl(text));
        expect(read(text)).toBe(asInUrl(text));
      }),
    );
  });

  it('is never made of what is none', () => {
    fc.assert(
      fc.property(nearlyAddress, (text) => {
        const address = read(text);
        if (address === undefined) return;
        const without = text.replace(/^\[|\](?::\d*)?$/g, '');
        const bare = /^[\d.]+:\d{1,5}$/.test(without) ? without.split(':')[0]! : without;
        // What a URL makes of `::ffff:1.2.3.4` stays IPv6 there.
        expect(asInUrl(address.includes(':') ? bare : address)).toBe(address);
      }),
      { numRuns: 5_000 },
    );
  });

  it.each([
    'unknown',
    'Unknown',
    '_hidden',
    '_SEVKISEK',
    '',
    '-',
    'localhost',
    'example.com:80',
    'unix:',
    '[1.2.3.4]',
    '[1.2.3.4]:80',
    '[::1',
    '::1]',
    '[]',
    '[::1]80',
    '[::1]:',
    '[::1]:123456',
    '[::1]:_',
    '[::1]x',
    '[[::1]]',
    '1.2.3.4:',
    '1.2.3.4:x',
    '1.2.3.4:123456',
    '1.2.3.4:80:80',
    '"1.2.3.4"',
    'fe80::1%eth0',
    '[fe80::1%eth0]',
  ])('%j is none', (node) => {
    expect(addressOfNode(node)).toBeUndefined();
  });
});

it('the zone of a socket is taken off', () => {
  expect(formatAddress(addressOfSocket('fe80::1%eth0')!)).toBe('fe80::1');
  expect(formatAddress(addressOfSocket('::ffff:10.0.0.1')!)).toBe('10.0.0.1');
  expect(addressOfSocket('%eth0')).toBeUndefined();
  expect(addressOfSocket('')).toBeUndefined();
});
