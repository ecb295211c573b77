import { describe, expect, it, vi } from 'vitest';
import type * as clientAddressModule from '../../../src/http/client-key/client-address.ts';
import type * as clientKeyModule from '../../../src/http/client-key/client-key.ts';
import { hearWarnings } from '../../support/warnings.ts';
import { requestFrom } from './origin.ts';

type Modules = typeof clientAddressModule & typeof clientKeyModule;

/** The functions as a process has them that has not warned yet. */
const unwarned = async (): Promise<Modules> => {
  vi.resetModules();
  const [address, key] = await Promise.all([
    import('../../../src/http/client-key/client-address.ts'),
    import('../../../src/http/client-key/client-key.ts'),
  ]);
  return { ...address, ...key };
};

const X = requestFrom('10.0.0.1', { 'x-forwarded-for': '6.6.6.6' });
const FORWARDED = requestFrom('10.0.0.1', { forwarded: 'for=6.6.6.6' });

describe('a field that arrives while nobody is trusted', () => {
  it.each([
    ['x-forwarded-for', X],
    ['forwarded', FORWARDED],
  ])('is warned of: %s', async (name, request) => {
    const { clientAddress } = await unwarned();
    const warnings = hearWarnings();
    clientAddress()(request);
    expect(warnings).toEqual([
      {
        code: 'HF_UNTRUSTED_FORWARDED',
        type: 'HoldfastWarning',
        message: expect.stringContaining(`a request has a field ${name}, but no proxy is trusted`),
      },
    ]);
  });

  it('is warned of once a process, whoever asks', async () => {
    const { clientAddress, clientKey } = await unwarned();
    const warnings = hearWarnings();
    for (const find of [clientAddress(), clientKey(), clientKey({ trust: false })])
      for (const request of [X, FORWARDED, X]) find(request);
    expect(warnings).toHaveLength(1);
  });

  it('is warned of also by keys', async () => {
    const { clientKey } = await unwarned();
    const warnings = hearWarnings();
    clientKey()(X);
    expect(warnings.map(({ code }) => code)).toEqual(['HF_UNTRUSTED_FORWARDED']);
  });

  it('is none where there is no such field, and no wonder where somebody is trusted', async () => {
    const { clientAddress, clientKey } = await unwarned();
    const warnings = hearWarnings();
    clientAddress()(requestFrom('10.0.0.1', { host: 'x' }));
    for (const trust of [{ hops: 1 }, { cidrs: ['10.0.0.0/8'] }]) {
      clientAddress({ trust })(FORWARDED);
      clientKey({ trust, header: 'forwarded' })(X);
    }
    expect(warnings).toEqual([]);
  });
});

describe('a network that includes everybody', () => {
  it.each(['0.0.0.0/0', '::/0', '10.0.0.0/0', '::ffff:0:0/96'])(
    'is warned of when it is named: %s',
    async (network) => {
      const { clientKey } = await unwarned();
      const warnings = hearWarnings();
      clientKey({ trust: { cidrs: ['10.0.0.0/8', network] } });
      clientKey({ trust: { cidrs: [network, '::/0'] } });
      expect(warnings).toEqual([
        {
          code: 'HF_UNBOUNDED_TRUST',
          type: 'HoldfastWarning',
          message: expect.stringContaining(`proxies in ${network} are trusted, which is everybody`),
        },
      ]);
    },
  );

  it('is one thing, and a field that arrives untrusted another', async () => {
    const { clientAddress } = await unwarned();
    const warnings = hearWarnings();
    clientAddress({ trust: { cidrs: ['::/0'] } });
    clientAddress()(X);
    expect(warnings.map(({ code }) => code)).toEqual([
      'HF_UNBOUNDED_TRUST',
      'HF_UNTRUSTED_FORWARDED',
    ]);
  });

  it('is not one with a bit to tell', async () => {
    const { clientAddress } = await unwarned();
    const warnings = hearWarnings();
    clientAddress({ trust: { cidrs: ['0.0.0.0/1', '::/1', '::', '::ffff:0:0/97'] } });
    expect(warnings).toEqual([]);
  });
});
