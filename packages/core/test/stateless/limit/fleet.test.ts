import { expect, test } from 'vitest';
import { seededRandom, virtualClock } from '../../../src/testing/index.ts';
import { Fleet } from './limits.ts';
import { failOnMistakes } from './mistakes.ts';

failOnMistakes();

const SECONDS = 2;
const LIMIT = { rate: 1_000, burst: 100 };
const TEN = 10;

/** Ten instances with a limit of 1,000 a second for one key, which `perSecond` calls come for. */
const traffic = async (perSecond: number, busiest: number) => {
  const clock = virtualClock();
  const random = seededRandom(7);
  const fleet = new Fleet(clock, TEN, { ...LIMIT, leasing: true });
  fleet.setLatency({ thereMs: 0.2, backMs: 0.2 });
  for (let ms = 0; ms < SECONDS * 1_000; ms++) {
    for (let owed = perSecond / 1_000; owed > 0; owed--) {
      const calls = random() < owed ? 1 : 0;
      const instance = random() < busiest ? 0 : Math.floor(random() * TEN);
      if (calls > 0) fleet.take(instance, 'a', 1);
    }
    await clock.advanceAsync(1);
  }
  const admitted = fleet.calls.filter(({ taken }) => taken?.admitted === true).length;
  const commands = fleet.stores.reduce(
    (sum, store) => sum + store.of('take').filter(({ units }) => units > 0).length,
    0,
  );
  return { admitted, calls: fleet.calls.length, trips: commands / fleet.calls.length };
};

const most = LIMIT.burst + LIMIT.rate * (SECONDS + 0.1);

test.each([
  ['evenly', 0, 0.75],
  ['for the most part at one of them', 0.9, 0.3],
])(
  'three times too many calls, %s: nearly all units are used and not every call asks the store',
  async (_, busiest, asking) => {
    const { admitted, trips } = await traffic(3_000, busiest);
    expect(admitted).toBeGreaterThan(most * 0.95);
    expect(admitted).toBeLessThanOrEqual(most);
    expect(trips).toBeLessThan(asking);
  },
);

test('half as many calls as there may be are all admitted, with fewer questions than calls', async () => {
  const { admitted, calls, trips } = await traffic(500, 0);
  expect(admitted).toBe(calls);
  expect(trips).toBeLessThan(0.4);
});
