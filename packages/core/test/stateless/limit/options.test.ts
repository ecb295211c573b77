import { describe, expect, test } from 'vitest';
import { memoryStore, sharedRateLimit } from '../../../src/stateless/index.ts';
import type { LeasingOptions } from '../../../src/stateless/index.ts';
import { virtualClock } from '../../../src/testing/index.ts';
import { expectInvalid, type Complaint } from '../../support/invalid-option.ts';
import { FaultStore } from './fault-store.ts';
import { failOnMistakes } from './mistakes.ts';

failOnMistakes();

const made = sharedRateLimit as (options: unknown) => unknown;
const store = memoryStore();
const answer = (): number => 1;

describe('options', () => {
  test.each<[unknown, string, Complaint['type'], unknown]>([
    [undefined, 'sharedRateLimit', TypeError, undefined],
    [{ rate: 1 }, 'store', TypeError, undefined],
    [{ store: null, rate: 1 }, 'store', TypeError, null],
    [{ store: { take: answer }, rate: 1 }, 'store', TypeError, { take: answer }],
    [{ store: 'redis', rate: 1 }, 'store', TypeError, 'redis'],
    [{ store }, 'rate', TypeError, undefined],
    [{ store, rate: 0 }, 'rate', RangeError, 0],
    [{ store, rate: 1, burst: 1.5 }, 'burst', RangeError, 1.5],
    [{ store, quota: 1 }, 'windowMs', TypeError, undefined],
    [{ store, rate: 1, quota: 1, windowMs: 5 }, 'quota', RangeError, 1],
    [{ store, rate: 1, name: '' }, 'name', TypeError, ''],
    [{ store, rate: 1, tenant: '' }, 'tenant', TypeError, ''],
    [{ store, rate: 1, tenant: null }, 'tenant', TypeError, null],
    [{ store, rate: 1, maxKeys: 0 }, 'maxKeys', RangeError, 0],
    [{ store, rate: 1, cost: 2 }, 'cost', RangeError, 2],
    [{ store, rate: 9, cost: answer }, 'cost', TypeError, answer],
    [{ store, rate: 1, onStoreLoss: 'ignore' }, 'onStoreLoss', TypeError, 'ignore'],
    [{ store, rate: 1, onStoreLoss: null }, 'onStoreLoss', TypeError, null],
    [{ store, rate: 1, deadlineMs: 0 }, 'deadlineMs', RangeError, 0],
    [{ store, rate: 1, deadlineMs: 60_001 }, 'deadlineMs', RangeError, 60_001],
    [{ store, rate: 1, leasing: 'yes' }, 'leasing', TypeError, 'yes'],
    [{ store, rate: 1, leasing: null }, 'leasing', TypeError, null],
    [{ store, quota: 1, windowMs: 5, leasing: true }, 'leasing', RangeError, true],
    [{ store, rate: 1, leasing: { most: 1 } }, 'leasing.most', TypeError, 1],
    [{ store, rate: 1, leasing: { aheadMs: 0 } }, 'leasing.aheadMs', RangeError, 0],
    [{ store, rate: 1, leasing: { maxUnits: 1.5 } }, 'leasing.maxUnits', RangeError, 1.5],
    [{ store, rate: 1, leasing: { keepMs: 10_001 } }, 'leasing.keepMs', RangeError, 10_001],
    [{ store, rate: 1, clock: Date }, 'clock', TypeError, Date],
    [{ store, rate: 1, maxWaitMs: 5 }, 'sharedRateLimit.maxWaitMs', TypeError, 5],
  ])('%o is a mistake in %s', (options, option, type, value) => {
    expectInvalid(() => made(options), { type, option, value });
  });

  test('what is left out has a default', async () => {
    const limit = sharedRateLimit({ store: memoryStore(), rate: 2.5 });
    expect(limit.name).toBe('shared-rate-limit');
    expect(await limit.take()).toMatchObject({ admitted: true, remaining: 2, source: 'shared' });
    limit[Symbol.dispose]();
  });

  test.each<[LeasingOptions | boolean | undefined, { rate: number; burst: number }, number]>([
    [undefined, { rate: 1_000, burst: 1_000 }, 0],
    [false, { rate: 1_000, burst: 1_000 }, 0],
    [true, { rate: 1_000, burst: 1_000 }, 40],
    [{ maxUnits: 7 }, { rate: 1_000, burst: 1_000 }, 7],
    [true, { rate: 1_000, burst: 199 }, 19],
    [true, { rate: 10, burst: 100 }, 10],
    [true, { rate: 9.9, burst: 100 }, 0],
    [true, { rate: 100, burst: 9 }, 0],
  ])(
    'with leasing %o and %o, 40 calls in 50 ms have %i units taken in advance',
    async (leasing, numbers, ahead) => {
      const clock = virtualClock();
      const faulty = new FaultStore(clock);
      const limit = sharedRateLimit({ store: faulty, ...numbers, leasing, clock });
      for (let call = 0; call < 40; call++) {
        await clock.advanceAsync(1.25);
        await limit.take({ key: 'a' });
      }
      // So that it is there again, whatever the numbers.
      await limit.reset('a');
      await clock.advanceAsync(5);
      faulty.commands.length = 0;
      await limit.take({ key: 'a' });
      expect(faulty.of('take').map(({ units }) => units)).toEqual([1 + ahead]);
      limit[Symbol.dispose]();
    },
  );
});
