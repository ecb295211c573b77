import fc from 'fast-check';
import { expect, it } from 'vitest';
import { RecentCache } from '../../src/registry/recent-cache.ts';

interface Value {
  readonly of: string;
}

const key = fc.nat(20).map(String);

it('holds at most as many as it may, and never gives a value of another key', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 12 }),
      fc.array(key, { maxLength: 200 }),
      (most, keys) => {
        const cache = new RecentCache<Value>(most);
        for (const each of keys) {
          const known = cache.get(each);
          expect(known?.of ?? each).toBe(each);
          if (known === undefined) cache.set(each, { of: each });
          expect(cache.get(each)).toEqual({ of: each });
          expect(cache.size).toBeLessThanOrEqual(most);
        }
      },
    ),
  );
});

it('still has the half of it that was asked for last', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 12 }),
      fc.array(key, { minLength: 1, maxLength: 200 }),
      fc.nat(),
      (most, keys, choice) => {
        const cache = new RecentCache<Value>(most);
        for (const each of keys) if (cache.get(each) === undefined) cache.set(each, { of: each });
        const lately = [...new Set(keys.toReversed())].slice(0, Math.floor(most / 2));
        // Asking for one makes it young again, so that only one can be looked for.
        const wanted = lately[choice % lately.length]!;
        expect(cache.get(wanted)).toEqual({ of: wanted });
      },
    ),
    { numRuns: 1_000 },
  );
});

it('keeps one that is asked for now and then, whatever comes by meanwhile', () => {
  const cache = new RecentCache<Value>(10);
  cache.set('regular', { of: 'regular' });
  for (let stranger = 0; stranger < 10_000; stranger += 4) {
    for (let more = 0; more < 4; more++)
      cache.set(`stranger ${stranger + more}`, { of: 'stranger' });
    expect(cache.get('regular')).toEqual({ of: 'regular' });
  }
  expect(cache.get('stranger 0')).toBeUndefined();
});
