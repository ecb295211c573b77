import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RateLimitOptions } from '../../src/index.ts';
import { benchOf } from './bench.ts';

const limits: fc.Arbitrary<RateLimitOptions> = fc.oneof(
  fc.record({ rate: fc.integer({ min: 1, max: 50 }), burst: fc.integer({ min: 1, max: 20 }) }),
  fc.record({
    quota: fc.integer({ min: 1, max: 20 }),
    windowMs: fc.integer({ min: 8, max: 2_000 }),
  }),
);
const takes = fc.array(fc.tuple(fc.nat(3), fc.nat(300)), { maxLength: 20 });

test('tells to the moment when there is one unit more', () => {
  fc.assert(
    fc.property(limits, takes, (limit, taken) => {
      const { policy, clock } = benchOf(limit);
      for (const [cost, pauseMs] of taken) {
        policy.take({ cost });
        clock.advance(pauseMs);
      }
      const look = () => policy.take({ cost: 0 });
      const { remaining, moreMs, resetMs } = look();
      expect(moreMs).toBeLessThanOrEqual(Math.max(resetMs, 0) + 0.001);
      const most = limit.burst ?? limit.quota ?? Number.NaN;
      expect(moreMs === 0).toBe(remaining === most);
      clock.advance(moreMs * 0.98);
      expect(look().remaining).toBe(remaining);
      clock.advance(moreMs * 0.02 + 0.002);
      expect(look().remaining).toBeGreaterThanOrEqual(Math.min(most, remaining + 1));
    }),
  );
});
