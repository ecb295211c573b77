import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatAddress, parseAddress } from '../../../src/http/client-key/address.ts';
import { clientKey, type ClientKeyOptions } from '../../../src/http/client-key/client-key.ts';
import { bytesLeftBy } from '../../support/heap.ts';
import { errorOf, expectInvalid } from '../../support/invalid-option.ts';
import { four, groups, mapped, six } from './addresses.ts';
import { requestFrom } from './origin.ts';

const keySecret = 'a secret of more than sixteen bytes';
const address = fc.oneof(four, six);

const keyOf = (text: string | undefined, options: ClientKeyOptions = {}): string =>
  clientKey({ keySecret, ...options })(requestFrom(text));

/** The address with one bit turned over. */
const flipped = (text: string, bit: number): string => {
  const bits = parseAddress(text)!.map((group, index) =>
    Math.floor(bit / 16) === index ? group ^ (0x80_00 >> (bit % 16)) : group,
  );
  return formatAddress(bits);
};

describe('a key', () => {
  it('is 128 bits as base64url, and shows nothing of the address', () => {
    fc.assert(
      fc.property(address, (text) => {
        const key = keyOf(text);
        expect(key).toMatch(/^[\w-]{22}$/);
        expect(Buffer.from(key, 'base64url')).toHaveLength(16);
        expect(key).not.toContain(text.slice(0, 8));
      }),
    );
  });

  it('is the first half of an HMAC-SHA256 of the address or network', () => {
    const hmac = (text: string): string =>
      createHmac('sha256', keySecret).update(text).digest().subarray(0, 16).toString('base64url');
    expect(keyOf('203.0.113.7')).toBe(hmac('203.0.113.7'));
    expect(keyOf('2001:db8:1:22ff::7')).toBe(hmac('2001:db8:1:2200::/56'));
    expect(keyOf('2001:db8::7', { ipv6Prefix: 128 })).toBe(hmac('2001:db8::7/128'));
    expect(keyOf(undefined)).toBe(hmac(''));
  });

  it('is the same for an address however it is spelt, the first time and later', () => {
    fc.assert(
      fc.property(mapped, six, ({ text, dottedText }, other) => {
        const key = clientKey({ keySecret });
        const plain = key(requestFrom(dottedText));
        expect([key(requestFrom(text)), key(requestFrom(text))]).toEqual([plain, plain]);
        const first = key(requestFrom(other));
        expect(key(requestFrom(formatAddress(parseAddress(other)!)))).toBe(first);
        expect(key(requestFrom(other.toUpperCase()))).toBe(first);
        expect(key(requestFrom(other))).toBe(first);
      }),
    );
  });

  it('of IPv4 differs with every bit', () => {
    fc.assert(
      fc.property(four, fc.integer({ min: 96, max: 127 }), (text, bit) => {
        expect(keyOf(flipped(text, bit))).not.toBe(keyOf(text));
      }),
    );
  });

  it('of IPv6 differs with the bits of the network, and with no other', () => {
    const plain = groups.filter(([first]) => first !== 0).map((each) => formatAddress(each));
    fc.assert(
      fc.property(
        plain,
        fc.integer({ min: 1, max: 127 }),
        fc.integer({ min: 32, max: 128 }),
        (text, bit, ipv6Prefix) => {
          // Not into an address of IPv4, which has a key of its own kind.
          fc.pre(flipped(text, bit).includes(':'));
          const same = keyOf(flipped(text, bit), { ipv6Prefix }) === keyOf(text, { ipv6Prefix });
          expect(same).toBe(bit >= ipv6Prefix);
        },
      ),
    );
  });

  it('is of the /56 unless told otherwise', () => {
    expect(keyOf('2001:db8:1:22ff::7')).toBe(keyOf('2001:db8:1:2200::'));
    expect(keyOf('2001:db8:1:2300::7')).not.toBe(keyOf('2001:db8:1:2200::'));
    expect(keyOf('fe80::1%eth0')).toBe(keyOf('fe80::2%eth1'));
  });

  it('is one for all that have no address', () => {
    const key = clientKey({ keySecret });
    const nobody = key(requestFrom(undefined));
    expect(nobody).toMatch(/^[\w-]{22}$/);
    expect([key(requestFrom('')), key(requestFrom('nonsense'))]).toEqual([nobody, nobody]);
    expect(nobody).not.toBe(key(requestFrom('0.0.0.0')));
    expect(nobody).not.toBe(key(requestFrom('::')));
  });
});

/** HMAC pads a key with zeros (RFC 2104), so that two that differ in those alone are one. */
const bothPadded = (a: Uint8Array, b: Uint8Array): boolean =>
  Buffer.compare(
    Buffer.concat([a, Buffer.alloc(64 - a.length)]),
    Buffer.concat([b, Buffer.alloc(64 - b.length)]),
  ) === 0;

describe('a secret', () => {
  it('makes other keys than any other, and the same wherever it is the same', () => {
    const secret = fc.uint8Array({ minLength: 16, maxLength: 64 });
    fc.assert(
      fc.property(address, secret, secret, (text, a, b) => {
        fc.pre(Buffer.compare(a, b) !== 0 && !bothPadded(a, b));
        expect(keyOf(text, { keySecret: a })).toBe(keyOf(text, { keySecret: a.slice() }));
        expect(keyOf(text, { keySecret: a })).not.toBe(keyOf(text, { keySecret: b }));
      }),
    );
  });

  it('is random in the process, and one for all of it', () => {
    const own = clientKey()(requestFrom('203.0.113.7'));
    expect(clientKey({ ipv6Prefix: 64 })(requestFrom('203.0.113.7'))).toBe(own);
    expect(own).not.toBe(keyOf('203.0.113.7'));
  });

  it('may be wiped once it was given', () => {
    const secret = Buffer.from(keySecret);
    const key = clientKey({ keySecret: secret });
    secret.fill(0);
    expect(key(requestFrom('203.0.113.7'))).toBe(keyOf('203.0.113.7'));
  });

  it('has at least 16 bytes, and no message shows it', () => {
    const short = 'fifteen bytes!!';
    for (const secret of [short, Buffer.from(short)]) {
      const act = () => clientKey({ keySecret: secret });
      expectInvalid(act, { type: RangeError, option: 'keySecret', value: '15 bytes' });
      expect(errorOf(act).message).not.toContain('fifteen');
    }
    expect(() => clientKey({ keySecret: 'é'.repeat(8) })).not.toThrow();
    expectInvalid(() => clientKey({ keySecret: null as never }), {
      type: TypeError,
      option: 'keySecret',
      value: null,
    });
    const number = () => clientKey({ keySecret: 1_234_567_890_123_456 as never });
    expect(errorOf(number).message).not.toContain('1234567890');
  });
});

describe('behind proxies', () => {
  const trust = { cidrs: ['10.0.0.0/8'] };

  it('the key is that of the client, known or not, whatever was written in front', () => {
    const key = clientKey({ keySecret, trust });
    const expected = keyOf('203.0.113.7');
    for (const front of ['', '6.6.6.6, ', 'nonsense, ', '6.6.6.6, ', `${'x'.repeat(500)}, `]) {
      const value = `${front}203.0.113.7, 10.0.0.2`;
      expect(key(requestFrom('10.0.0.1', { 'x-forwarded-for': value }))).toBe(expected);
    }
  });

  it('what was remembered of a socket is not taken for an element of a field', () => {
    const key = clientKey({ keySecret, trust, header: 'forwarded' });
    const through = (forwarded: string): string => key(requestFrom('10.0.0.1', { forwarded }));
    expect(through('for=203.0.113.7')).toBe(keyOf('203.0.113.7'));
    expect(through('10.0.0.1')).toBe(keyOf('10.0.0.1'));
    expect(through('for=203.0.113.9, 10.0.0.1')).toBe(keyOf('10.0.0.1'));
  });

  it('a trusted address is also remembered as one', () => {
    const key = clientKey({ keySecret, trust });
    const value = '203.0.113.7, 10.0.0.2, 10.0.0.2, 10.0.0.1';
    const keys = Array.from({ length: 3 }, () =>
      key(requestFrom('10.0.0.1', { 'x-forwarded-for': value })),
    );
    expect(new Set(keys)).toEqual(new Set([keyOf('203.0.113.7')]));
  });
});

describe('memory', () => {
  it('is the same after a flood of strangers, and known ones keep their keys', () => {
    const key = clientKey({ keySecret, maxCached: 100 });
    const flood = (): void => {
      for (let stranger = 0; stranger < 20_000; stranger++)
        key(requestFrom(`10.${stranger >> 16}.${(stranger >> 8) & 255}.${stranger & 255}`));
    };
    flood();
    expect(bytesLeftBy(flood)).toBeLessThan(1_000_000);
    expect(key(requestFrom('203.0.113.7'))).toBe(keyOf('203.0.113.7'));
  });

  it('does not keep the fields in which addresses stood', () => {
    const key = clientKey({ keySecret, trust: { hops: 1 } });
    const left = bytesLeftBy(() => {
      for (let client = 0; client < 2_000; client++) {
        const value = Buffer.from(
          `${'x'.repeat(16_000)}, 203.100.1${client >> 8}.1${client % 100}`,
        );
        key(requestFrom('10.0.0.1', { 'x-forwarded-for': value.toString('latin1') }));
      }
    });
    expect(left).toBeLessThan(8_000_000);
    expect(key(requestFrom('203.0.113.7'))).toBe(keyOf('203.0.113.7'));
  });

  it('does not keep long elements', () => {
    const key = clientKey({ keySecret, trust: { hops: 1 }, header: 'forwarded' });
    const through = (client: number): string => {
      const forwarded = `for=203.0.113.7;host="${client}${'x'.repeat(900)}"`;
      return key(requestFrom('10.0.0.1', { forwarded }));
    };
    const left = bytesLeftBy(() => {
      for (let client = 0; client < 5_000; client++) through(client);
    });
    expect(left).toBeLessThan(3_000_000);
    expect(through(0)).toBe(keyOf('203.0.113.7'));
  });
});

describe('options that make no sense', () => {
  it.each([31, 129, 56.5, Number.NaN])('a prefix of %d bits', (ipv6Prefix) => {
    const act = () => clientKey({ ipv6Prefix });
    expectInvalid(act, { type: RangeError, option: 'ipv6Prefix', value: ipv6Prefix });
  });

  it.each([0, 1, 2.5, Infinity])('%d addresses', (maxCached) => {
    const act = () => clientKey({ maxCached });
    expectInvalid(act, { type: RangeError, option: 'maxCached', value: maxCached });
  });

  it('others', () => {
    const act = (options: object) => () => clientKey(options);
    expectInvalid(act({ hops: 1 }), { type: TypeError, option: 'clientKey.hops', value: 1 });
    expectInvalid(act({ trust: 1 }), { type: TypeError, option: 'trust', value: 1 });
    expectInvalid(act({ header: null }), { type: TypeError, option: 'header', value: null });
    expectInvalid(act({ ipv6Prefix: null }), {
      type: TypeError,
      option: 'ipv6Prefix',
      value: null,
    });
  });
});
