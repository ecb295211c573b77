import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { retry, retryBudget, type RetryBudget, type RetryBudgetOptions } from '../../src/index.ts';
import { virtualClock, type VirtualClock } from '../../src/testing/index.ts';
import { expectInvalid, type Complaint } from '../support/invalid-option.ts';

/** After a while, some first attempts are made and some further ones are wanted. */
interface Step {
  readonly afterMs: number;
  readonly first: number;
  readonly further: number;
}

interface Terms {
  readonly ratio: number;
  readonly floorPerSecond: number;
  readonly spanMs: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  afterMs: fc.oneof(
    fc.constant(0),
    fc.integer({ min: 1, max: 200 }),
    fc.integer({ max: 3e5 }).map(Math.abs),
  ),
  first: fc.oneof(fc.constant(0), fc.nat({ max: 20 }), fc.nat({ max: 20_000 })),
  further: fc.oneof(fc.constant(0), fc.nat({ max: 5 }), fc.nat({ max: 300 })),
});
const steps = fc.array(step, { maxLength: 12 });
const terms: fc.Arbitrary<Terms> = fc.record({
  ratio: fc.constantFrom(0, 0.1, 0.2, 1),
  floorPerSecond: fc.constantFrom(0, 0.5, 3, 10),
  spanMs: fc.constantFrom(1, 1_000, 10_000, 60_000),
});

const times = (count: number, act: () => void): void => {
  for (let time = 0; time < count; time++) act();
};

/** How many of `wanted` further attempts are granted. */
const granted = (budget: RetryBudget, wanted: number): number => {
  let count = 0;
  times(wanted, () => (count += budget.withdraw() ? 1 : 0));
  return count;
};

const budgetOn = (clock: VirtualClock, options: RetryBudgetOptions = {}): RetryBudget =>
  retryBudget({ clock, ...options });

/**
 * The description of a budget in words, gone through in small steps: what is earned is added, and no more
 * is kept than the span earns at the present rate. The rate is that of the first attempts of the last
 * span, older ones fading; those of a stretch without further attempts are taken as spread over it.
 */
class SteppedBudget {
  readonly #terms: Terms;
  #fresh: number;
  credit: number;

  constructor(given: Terms) {
    this.#terms = given;
    this.#fresh = 0;
    this.credit = this.#most();
  }

  pass({ afterMs, first }: Pick<Step, 'afterMs' | 'first'>): void {
    const { ratio, floorPerSecond, spanMs } = this.#terms;
    const parts = afterMs === 0 ? 1 : 20_000;
    for (let part = 0; part < parts; part++) {
      const ms = afterMs / parts;
      const aged = ms / spanMs;
      // Half of what is new has aged by a step; the square keeps twenty thousand steps from drifting.
      const kept = 1 - aged + (aged * aged) / 2;
      this.#fresh = (this.#fresh + first / parts / 2) * kept + first / parts / 2;
      this.credit += (ratio * first) / parts + (floorPerSecond * ms) / 1_000;
      this.credit = Math.min(this.credit, this.#most());
    }
  }

  spend(count: number): void {
    this.credit -= count;
  }

  #most(): number {
    const { ratio, floorPerSecond, spanMs } = this.#terms;
    return (floorPerSecond * spanMs) / 1_000 + ratio * this.#fresh;
  }
}

describe('a retry budget', () => {
  test('holds as much credit as its description in small steps', () => {
    const short = fc.array(
      fc.record({
        afterMs: fc.oneof(fc.constant(0), fc.nat({ max: 30_000 })),
        first: fc.nat({ max: 5_000 }),
        // At least one: stretches without any are spread over as one.
        further: fc.integer({ min: 1, max: 300 }),
      }),
      { maxLength: 6 },
    );
    const long = terms.filter(({ spanMs }) => spanMs >= 1_000);
    const property = fc.property(long, short, (given, plan) => {
      const clock = virtualClock();
      const budget = budgetOn(clock, given);
      const model = new SteppedBudget(given);
      for (const { afterMs, first, further } of plan) {
        clock.advance(afterMs);
        times(first, () => budget.deposit());
        model.pass({ afterMs, first });
        const { credit } = budget.snapshot();
        expect(Math.abs(credit - model.credit)).toBeLessThanOrEqual(0.01 + model.credit * 0.005);
        model.spend(granted(budget, further));
        // The two need not round alike, but must not drift apart.
        model.credit = Math.max(0, model.credit);
      }
    });
    fc.assert(property, { numRuns: 40 });
  });

  test('never has less than none, and grants while there is at least one', () => {
    const property = fc.property(terms, steps, (given, plan) => {
      const clock = virtualClock();
      const budget = budgetOn(clock, given);
      for (const { afterMs, first, further } of plan) {
        clock.advance(afterMs);
        times(first, () => budget.deposit());
        times(further, () => {
          const { credit } = budget.snapshot();
          expect(credit).toBeGreaterThanOrEqual(0);
          expect(budget.withdraw()).toBe(credit >= 1 - 1e-9);
        });
        expect(budget.snapshot().credit).toBeGreaterThanOrEqual(0);
      }
    });
    fc.assert(property, { numRuns: 100 });
  });

  test('over any stretch grants no more than its credit at the start and what was earned since', () => {
    const property = fc.property(terms, steps, (given, plan) => {
      const clock = virtualClock();
      const budget = budgetOn(clock, given);
      const stretches = [{ at: 0, credit: budget.snapshot().credit, first: 0, granted: 0 }];
      const all = { first: 0, granted: 0 };
      for (const { afterMs, first, further } of plan) {
        clock.advance(afterMs);
        times(first, () => budget.deposit());
        all.first += first;
        all.granted += granted(budget, further);
        for (const start of stretches) {
          const seconds = (clock.now() - start.at) / 1_000;
          const earned = given.ratio * (all.first - start.first) + given.floorPerSecond * seconds;
          const most = start.credit + earned;
          expect(all.granted - start.granted).toBeLessThanOrEqual(most + 1e-6 * (1 + most));
        }
        const { credit } = budget.snapshot();
        stretches.push({ at: clock.now(), credit, ...all });
      }
    });
    fc.assert(property, { numRuns: 200 });
  });

  test('saves no more than its span earns, floor and first attempts together', () => {
    const property = fc.property(terms, steps, (given, plan) => {
      const clock = virtualClock();
      const budget = budgetOn(clock, given);
      let all = 0;
      for (const { afterMs, first, further } of plan) {
        clock.advance(afterMs);
        times(first, () => budget.deposit());
        granted(budget, further);
        all += first;
        const floor = (given.floorPerSecond * given.spanMs) / 1_000;
        expect(budget.snapshot().credit).toBeLessThanOrEqual(floor + given.ratio * all + 1e-6);
      }
    });
    fc.assert(property, { numRuns: 100 });
  });

  test('looks the same however often it is looked at', () => {
    const property = fc.property(terms, steps, (given, plan) => {
      const clock = virtualClock();
      const [seen, unseen] = [budgetOn(clock, given), budgetOn(clock, given)];
      for (const { afterMs, first, further } of plan) {
        clock.advance(afterMs / 2);
        seen.snapshot();
        clock.advance(afterMs / 2);
        for (const budget of [seen, unseen]) times(first, () => budget.deposit());
        expect(seen.snapshot()).toEqual(seen.snapshot());
        expect(granted(seen, further)).toBe(granted(unseen, further));
      }
      expect(seen.snapshot()).toEqual(unseen.snapshot());
    });
    fc.assert(property, { numRuns: 100 });
  });

  test('counts what it granted and what it refused', () => {
    const clock = virtualClock();
    const budget = budgetOn(clock);
    expect(budget.snapshot()).toEqual({ credit: 30, granted: 0, refused: 0 });
    expect(granted(budget, 34)).toBe(30);
    expect(budget.snapshot()).toEqual({ credit: 0, granted: 30, refused: 4 });
    expect(JSON.parse(JSON.stringify(budget.snapshot()))).toEqual(budget.snapshot());
  });

  test('left alone has 30 further attempts in hand, from the start and again after any rush', () => {
    const clock = virtualClock();
    const budget = budgetOn(clock);
    expect(budget.snapshot().credit).toBe(30);
    times(1_000, () => {
      clock.advance(1);
      budget.deposit();
      budget.withdraw();
    });
    clock.advance(600_000);
    expect(budget.snapshot().credit).toBeCloseTo(30, 6);
    expect(granted(budget, 100)).toBe(30);
  });

  test('under 1,000 calls a second tends to ten seconds of three and of two hundred', () => {
    const clock = virtualClock();
    const budget = budgetOn(clock);
    for (let second = 0; second < 120; second++) {
      times(1_000, () => budget.deposit());
      clock.advance(1_000);
    }
    expect(budget.snapshot().credit).toBeGreaterThan(2_025);
    expect(budget.snapshot().credit).toBeLessThanOrEqual(2_030);
  });

  test.each([1, 10, 100])(
    'where every call fails grants three a second and a fifth of the calls, at %i calls a second',
    (rate) => {
      const clock = virtualClock();
      const budget = budgetOn(clock);
      granted(budget, 1_000);
      let count = 0;
      for (let call = 0; call < rate * 60; call++) {
        clock.advance(1_000 / rate);
        budget.deposit();
        count += granted(budget, 50);
      }
      expect(count).toBeGreaterThanOrEqual(180 + rate * 12 - 1);
      expect(count).toBeLessThanOrEqual(180 + rate * 12 + 1);
    },
  );

  test('without any call still earns its three a second', () => {
    const clock = virtualClock();
    const budget = budgetOn(clock);
    granted(budget, 30);
    const each = Array.from({ length: 10 }, () => {
      clock.advance(1_000);
      return granted(budget, 10);
    });
    expect(each).toEqual([3, 3, 3, 3, 3, 3, 3, 3, 3, 3]);
  });

  test('of no floor and no calls grants nothing; of no ratio, the floor alone', () => {
    const clock = virtualClock();
    expect(budgetOn(clock, { floorPerSecond: 0 }).withdraw()).toBe(false);
    const floorOnly = budgetOn(clock, { ratio: 0, floorPerSecond: 1, spanMs: 2_000 });
    times(1_000, () => floorOnly.deposit());
    expect(granted(floorOnly, 10)).toBe(2);
  });

  test('reads no clock for a first attempt', () => {
    const clock = virtualClock();
    const budget = budgetOn(clock);
    const stopped = (): never => {
      throw new Error('read');
    };
    const now = clock.now.bind(clock);
    Object.assign(clock, { now: stopped });
    times(100, () => budget.deposit());
    expect(() => budget.withdraw()).toThrow('read');
    Object.assign(clock, { now });
    expect(budget.snapshot()).toEqual({ credit: 50, granted: 0, refused: 0 });
  });

  test('neither gains nor loses where its clock goes back', () => {
    const clock = virtualClock();
    const budget = budgetOn(clock);
    granted(budget, 30);
    clock.jump(-5_000);
    expect(budget.snapshot().credit).toBe(0);
    clock.advance(1_000);
    expect(budget.snapshot().credit).toBeCloseTo(3, 9);
  });
});

describe('a budget shared by several retries', () => {
  const failing = (): Promise<never> => Promise.reject(new Error('down'));
  const backoff = { baseMs: 0 };

  test('bounds them together, and is told of the first attempts of each', async () => {
    const clock = virtualClock();
    const budget = budgetOn(clock);
    const clients = ['a', 'b', 'c'].map((name) => retry({ name, clock, budget, backoff }));
    await Promise.all(clients.map((client) => client.execute(() => 'answer')));
    expect(budget.snapshot().credit).toBeCloseTo(30.6, 9);
    const results = clients.flatMap((client) =>
      Array.from({ length: 20 }, () => client.attempt(failing)),
    );
    await clock.advanceAsync(0);
    await Promise.all(results);
    // 63 first attempts earn 12.6 beside the 30; each of the 60 calls is refused once.
    expect(budget.snapshot()).toMatchObject({ granted: 42, refused: 60 });
    const told = clients.map(
      (client) => client.snapshot() as { retries: number; overBudget: number },
    );
    expect(told.reduce((sum, { retries }) => sum + retries, 0)).toBe(42);
    expect(told.reduce((sum, { overBudget }) => sum + overBudget, 0)).toBe(60);
  });

  test('is one of its own where none is named, and none for false', async () => {
    const clock = virtualClock();
    const [alone, other] = [retry({ clock, backoff }), retry({ clock, backoff })];
    const unbounded = retry({ clock, backoff, budget: false });
    for (const client of [alone, unbounded]) {
      const results = Array.from({ length: 100 }, () => client.attempt(failing));
      await clock.advanceAsync(0);
      await Promise.all(results);
    }
    expect(alone.snapshot()).toMatchObject({ retries: 50, overBudget: 100 });
    expect(unbounded.snapshot()).toMatchObject({ retries: 200, overBudget: 0 });
    const result = other.attempt(failing);
    await clock.advanceAsync(0);
    await result;
    expect(other.snapshot()).toMatchObject({ retries: 2, overBudget: 0 });
  });

  test('may be anything that takes deposits and withdrawals', async () => {
    const clock = virtualClock();
    const told: string[] = [];
    const budget: RetryBudget = {
      deposit: () => void told.push('deposit'),
      withdraw: () => told.push('withdraw') < 3,
      snapshot: () => ({ credit: 0, granted: 0, refused: 0 }),
    };
    const result = retry({ clock, backoff, budget }).attempt(failing);
    await clock.advanceAsync(0);
    expect(await result).toMatchObject({ ok: false });
    expect(told).toEqual(['deposit', 'withdraw', 'withdraw']);
  });

  test('is kept by update, which may also change it', async () => {
    const clock = virtualClock();
    const [one, other] = [budgetOn(clock), budgetOn(clock)];
    const policy = retry({ clock, budget: one });
    policy.update({ attempts: 2 });
    await policy.execute(() => 'answer');
    policy.update({ budget: other });
    await policy.execute(() => 'answer');
    expect([one.snapshot().credit, other.snapshot().credit]).toEqual([30.2, 30.2]);
  });
});

describe('options', () => {
  const made = retryBudget as (options: unknown) => unknown;

  test.each<[unknown, string, Complaint['type'], unknown]>([
    [null, 'retryBudget', TypeError, null],
    [0.2, 'retryBudget', TypeError, 0.2],
    [{ ratio: -0.1 }, 'ratio', RangeError, -0.1],
    [{ ratio: 1.1 }, 'ratio', RangeError, 1.1],
    [{ ratio: '20%' }, 'ratio', TypeError, '20%'],
    [{ floorPerSecond: -1 }, 'floorPerSecond', RangeError, -1],
    [{ floorPerSecond: Infinity }, 'floorPerSecond', RangeError, Infinity],
    [{ spanMs: 0 }, 'spanMs', RangeError, 0],
    [{ spanMs: Number.NaN }, 'spanMs', RangeError, Number.NaN],
    [{ clock: {} }, 'clock', TypeError, {}],
    [{ ttlMs: 1 }, 'retryBudget.ttlMs', TypeError, 1],
  ])('%o is a mistake in %s', (options, option, type, value) => {
    expectInvalid(() => made(options), { type, option, value });
  });

  test.each([true, 0.2, 'shared', {}, { deposit: () => undefined }, { withdraw: () => true }])(
    'the budget of a retry is not %o',
    (budget) => {
      expectInvalid(() => retry({ budget: budget as never }), {
        type: TypeError,
        option: 'budget',
        value: budget,
      });
    },
  );
});
