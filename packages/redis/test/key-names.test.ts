import { key } from '@holdfast/core/stateless';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KeyNames, type Names } from '../src/key-names.ts';
import { startCluster } from './rig/index.ts';
import { namesOfTests } from './support/stores.ts';
import { describeWithServer } from './support/with-server.ts';

const PART = fc.string({ minLength: 1, maxLength: 80, unit: 'binary' });

const allOf = ({ rate, window, lease, fence, record, channel }: Names): readonly string[] => [
  rate,
  window,
  lease,
  fence,
  record,
  channel,
];

describe('the names of a key', () => {
  test('tell its namespace, and of the rest nothing', () => {
    const names = namesOfTests().of(key('session', 'tenant-7', 'id-of-a-session'));
    const all = allOf(names);
    expect(all).toHaveLength(6);
    expect(new Set(all).size).toBe(6);
    for (const name of all) {
      expect(name).toMatch(/^hf:\{session:[\w-]{22}\}(:\w+)?$/);
      expect(name).not.toMatch(/tenant|id-of/);
    }
  });

  test('are the same in each process that has the secret, and others with another secret', () => {
    const [asked, other] = [key('limit', 'default', 'a'), key('limit', 'default', 'b')];
    const secret = Buffer.from('sixteen bytes or more');
    const of = (prefix: string, bytes: Uint8Array) => new KeyNames(prefix, bytes).of(asked);
    expect(of('hf', secret)).toEqual(namesOfTests().of(asked));
    expect(of('hf', Buffer.from('another secret of a fleet')).rate).not.toBe(of('hf', secret).rate);
    expect(of('shop', secret).rate).toBe(of('hf', secret).rate.replace('hf:', 'shop:'));
    expect(namesOfTests().of(other).rate).not.toBe(of('hf', secret).rate);
  });

  test('of any parts have one pair of braces, first in the name', () => {
    const names = namesOfTests();
    fc.assert(
      fc.property(PART, PART, fc.array(PART, { maxLength: 3 }), (namespace, tenant, parts) => {
        const { fence } = names.of(key(namespace, tenant, ...parts));
        expect(fence).toMatch(/^hf:\{[^{}:]{1,64}:[\w-]{22}\}:fence$/);
      }),
    );
  });

  test('are remembered for the last keys, and right for those that were forgotten', () => {
    const names = namesOfTests();
    const keys = Array.from({ length: 80_000 }, (_, number) =>
      key('limit', 'default', `${number}`),
    );
    const first = keys.map((each) => names.of(each));
    expect(names.of(keys.at(-1)!)).toBe(first.at(-1));
    expect(names.of(keys[0]!)).not.toBe(first[0]);
    expect(names.of(keys[0]!)).toEqual(first[0]);
  });
});

describeWithServer('the names of a key on a cluster', () => {
  test('are all in one slot, those of different keys in different ones', async () => {
    await using cluster = await startCluster();
    const [server] = cluster.servers;
    const names = namesOfTests();
    const slots = new Set<unknown>();
    for (let number = 0; number < 20; number++) {
      const asked = allOf(names.of(key('limit', 'default', `${number}`))).map((name) =>
        server!.ask('CLUSTER', 'KEYSLOT', name),
      );
      const ofKey = new Set(await Promise.all(asked));
      expect(ofKey.size).toBe(1);
      slots.add([...ofKey][0]);
    }
    expect(slots.size).toBeGreaterThan(15);
  });
});
