import { describe, expect, it } from 'vitest';
import { clientAddress } from '../../../src/http/client-key/client-address.ts';
import type { ProxyTrust } from '../../../src/http/client-key/trust.ts';
import { expectInvalid } from '../../support/invalid-option.ts';
import { hearWarnings } from '../../support/warnings.ts';
import { requestFrom } from './origin.ts';

const X = 'x-forwarded-for';
const ONE_HOP: ProxyTrust = { hops: 1 };
const PRIVATE: ProxyTrust = { cidrs: ['10.0.0.0/8'] };

const found = (trust: ProxyTrust, value: unknown, socket: string | undefined = '10.0.0.1') =>
  clientAddress({ trust })(requestFrom(socket, { [X]: value }));

const foundForwarded = (trust: ProxyTrust, value: string): string | undefined =>
  clientAddress({ trust, header: 'forwarded' })(requestFrom('10.0.0.1', { forwarded: value }));

describe('without trust', () => {
  it('the client is who its socket says, whatever it claims', () => {
    hearWarnings();
    const request = requestFrom('::ffff:192.0.2.1', { [X]: '6.6.6.6', forwarded: 'for=6.6.6.6' });
    expect(clientAddress()(request)).toBe('192.0.2.1');
    expect(clientAddress({ trust: false, header: 'forwarded' })(request)).toBe('192.0.2.1');
  });

  it('a client without an address has none', () => {
    expect(clientAddress()(requestFrom(undefined))).toBeUndefined();
    expect(clientAddress()(requestFrom(''))).toBeUndefined();
    expect(clientAddress()(requestFrom('not an address'))).toBeUndefined();
  });
});

describe('the rules, case by case', () => {
  it.each([
    [ONE_HOP, '6.6.6.6, 203.0.113.7', '203.0.113.7'],
    [ONE_HOP, '203.0.113.7', '203.0.113.7'],
    [{ hops: 2 }, '6.6.6.6, 203.0.113.7, 10.0.0.2', '203.0.113.7'],
    [{ hops: 3 }, '203.0.113.7, 10.0.0.2', '203.0.113.7'],
    [{ hops: 2 }, 'unknown, 10.0.0.2', '10.0.0.2'],
    [{ hops: 2 }, '6.6.6.6, _hidden, 10.0.0.2', '10.0.0.2'],
    [ONE_HOP, 'unknown', '10.0.0.1'],
    [ONE_HOP, '', '10.0.0.1'],
    [ONE_HOP, ' , ,', '10.0.0.1'],
    [ONE_HOP, undefined, '10.0.0.1'],
    [ONE_HOP, '6.6.6.6 203.0.113.7', '10.0.0.1'],
    [ONE_HOP, '203.0.113.7:4711', '203.0.113.7'],
    [ONE_HOP, '[2001:DB8::0:1]:443', '2001:db8::1'],
    [ONE_HOP, '2001:db8::1', '2001:db8::1'],
    [ONE_HOP, '::ffff:203.0.113.7', '203.0.113.7'],
    [{ hops: 2 }, '203.0.113.7, , 10.0.0.2,', '203.0.113.7'],
    [ONE_HOP, ['6.6.6.6', '203.0.113.7'], '203.0.113.7'],
    [ONE_HOP, 5, '10.0.0.1'],
    [PRIVATE, '6.6.6.6, 203.0.113.7', '203.0.113.7'],
    [PRIVATE, '6.6.6.6, 203.0.113.7, 10.9.9.9', '203.0.113.7'],
    [PRIVATE, '10.0.0.3, ::ffff:10.0.0.2', '10.0.0.3'],
    [PRIVATE, 'unknown, 10.0.0.2', '10.0.0.2'],
    [PRIVATE, '', '10.0.0.1'],
    [{ cidrs: ['10.0.0.1'] }, '203.0.113.7, 10.0.0.2', '10.0.0.2'],
  ] satisfies [ProxyTrust, unknown, string][])('%j and %j: %s', (trust, value, client) => {
    expect(found(trust, value)).toBe(client);
  });

  it.each([
    ['for=203.0.113.7', '203.0.113.7'],
    ['FOR=203.0.113.7', '203.0.113.7'],
    ['for=6.6.6.6,For="203.0.113.7:80";Proto=http', '203.0.113.7'],
    ['for="[2001:db8::1]:4711"', '2001:db8::1'],
    [String.raw`for="\[2001\:db8::1\]"`, '2001:db8::1'],
    ['proto=https;host="a, for=6.6.6.6";for=203.0.113.7;by=_x', '203.0.113.7'],
    ['for=6.6.6.6;host="an open quote, for=203.0.113.7', '203.0.113.7'],
    ['for=203.0.113.7 ; proto=https', '203.0.113.7'],
    ['for=203.0.113.7;', '203.0.113.7'],
    ['for=6.6.6.6, proto=https', '10.0.0.1'],
    ['for=6.6.6.6, for=unknown', '10.0.0.1'],
    ['for=6.6.6.6, for="_gate:_1"', '10.0.0.1'],
    ['for=6.6.6.6;for=203.0.113.7', '10.0.0.1'],
    ['for=203.0.113.7:80', '10.0.0.1'],
    ['for=[2001:db8::1]', '10.0.0.1'],
    ['for="203.0.113.7', '10.0.0.1'],
    ['for = 203.0.113.7', '10.0.0.1'],
    ['for=', '10.0.0.1'],
    ['203.0.113.7', '10.0.0.1'],
  ])('Forwarded %j: %s', (value, client) => {
    expect(foundForwarded(ONE_HOP, value)).toBe(client);
  });

  it('a socket without an address is behind so many proxies, and in no network', () => {
    expect(clientAddress({ trust: ONE_HOP })(requestFrom(undefined, { [X]: '203.0.113.7' }))).toBe(
      '203.0.113.7',
    );
    expect(clientAddress({ trust: ONE_HOP })(requestFrom(undefined))).toBeUndefined();
    expect(clientAddress({ trust: PRIVATE })(requestFrom(undefined, { [X]: '1.2.3.4' }))).toBe(
      undefined,
    );
  });

  it('a chain of 32 trusted proxies is followed, and not one further', () => {
    const proxies = Array.from({ length: 40 }, (_, index) => `10.0.0.${100 + index}`).reverse();
    expect(found(PRIVATE, proxies.join(', '))).toBe('10.0.0.131');
    expect(found({ hops: 32 }, proxies.join(', '))).toBe('10.0.0.131');
  });

  it('only the field that was named counts', () => {
    const request = requestFrom('10.0.0.1', { [X]: '1.1.1.1', forwarded: 'for=2.2.2.2' });
    expect(clientAddress({ trust: ONE_HOP })(request)).toBe('1.1.1.1');
    expect(clientAddress({ trust: ONE_HOP, header: 'forwarded' })(request)).toBe('2.2.2.2');
  });

  it('a socket that throws when it is asked has no address', () => {
    const socket = {
      get remoteAddress(): string {
        throw new Error('the session is gone');
      },
    };
    for (const trust of [false, ONE_HOP, PRIVATE] as const) {
      expect(clientAddress({ trust })({ headers: {}, socket })).toBeUndefined();
      expect(clientAddress({ trust })({ headers: {}, socket: undefined as never })).toBeUndefined();
    }
  });
});

it.each(
  [
    '10.9.9.9, ',
    ',',
    ' ',
    '"',
    String.raw`\"`,
    String.raw`"\ `,
    'a',
    ', "',
    'for=10.0.0.9, ',
    ';',
    'for="10.0.0.9";',
    '[',
    ':',
  ].flatMap((text) => [
    text.repeat(65_536 / text.length),
    `${text.repeat(60_000 / text.length)}, 10.0.0.2`,
  ]),
)('is found in less than 1 ms, also in 64 KB of it (case %#)', (value) => {
  for (const header of [X, 'forwarded'] as const)
    for (const trust of [{ hops: 32 }, PRIVATE]) {
      const find = clientAddress({ trust, header });
      const times = Array.from({ length: 5 }, () => {
        const request = requestFrom('10.0.0.1', { [header]: value });
        const start = performance.now();
        find(request);
        return performance.now() - start;
      });
      expect(Math.min(...times)).toBeLessThan(1);
    }
});

describe('options that make no sense', () => {
  it.each([
    [null, 'trust', TypeError],
    [true, 'trust', TypeError],
    ['loopback', 'trust', TypeError],
    [{}, 'trust', TypeError],
    [{ hops: 1, cidrs: ['::1'] }, 'trust', TypeError],
  ])('trust %j', (trust, option, type) => {
    const act = () => clientAddress({ trust: trust as never });
    expectInvalid(act, { type, option, value: trust });
  });

  it.each([0, 33, 1.5, -1, Number.NaN, Infinity])('%d hops', (hops) => {
    const act = () => clientAddress({ trust: { hops } });
    expectInvalid(act, { type: RangeError, option: 'trust.hops', value: hops });
  });

  it.each(['1', null, undefined])('hops %j', (hops) => {
    const act = () => clientAddress({ trust: { hops: hops as never } });
    expectInvalid(act, { type: TypeError, option: 'trust.hops', value: hops });
  });

  it.each(['loopback', '10.0.0.0/33', '10.0.0/8', ''])('a network %j', (text) => {
    const act = () => clientAddress({ trust: { cidrs: ['::1', text] } });
    expectInvalid(act, { type: RangeError, option: 'trust.cidrs', value: text });
  });

  it('networks that are none, or no text', () => {
    const given = (cidrs: unknown) => () => clientAddress({ trust: { cidrs: cidrs as never } });
    const option = 'trust.cidrs';
    expectInvalid(given([]), { type: RangeError, option, value: [] });
    expectInvalid(given('::1'), { type: TypeError, option, value: '::1' });
    expectInvalid(given([8]), { type: TypeError, option, value: 8 });
  });

  it('names that nobody knows', () => {
    expectInvalid(() => clientAddress({ header: 'x-real-ip' as never }), {
      type: TypeError,
      option: 'header',
      value: 'x-real-ip',
    });
    expectInvalid(() => clientAddress({ hops: 1 } as never), {
      type: TypeError,
      option: 'clientAddress.hops',
      value: 1,
    });
    expectInvalid(() => clientAddress({ trust: { hop: 1 } as never }), {
      type: TypeError,
      option: 'trust.hop',
      value: 1,
    });
    expectInvalid(() => clientAddress(null as never), {
      type: TypeError,
      option: 'clientAddress',
      value: null,
    });
  });
});
