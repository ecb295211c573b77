import { describe, expect, test } from 'vitest';
import { consecutive, fallback, pipeline, retryBudget } from '../../src/index.ts';
import { hang } from '../support/calls.ts';
import { hearWarnings } from '../support/warnings.ts';
import { boom, expectNothingLeft, Kit, rejectedWith } from './kit.ts';

const fail = (): Promise<never> => Promise.reject(boom);

describe('retry → retry → timeout', () => {
  test('every attempt has its own number, and the outer one counts its own', async () => {
    const kit = new Kit();
    const outer = kit.retry({ name: 'outer', attempts: 3 });
    const inner = kit.retry({ name: 'inner', attempts: 2 });
    const begun = kit.begin(pipeline(outer, inner, kit.timeout(50)), hang);
    await kit.clock.advanceAsync(5_000);
    expect(await begun.result).toMatchObject(rejectedWith('HF_TIMEOUT'));
    expect(begun.contexts.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(begun.startedAt).toEqual([0, 150, 300, 450, 600, 750]);
    expect(outer.snapshot()).toMatchObject({ retries: 2, exhausted: 1 });
    expect(inner.snapshot()).toMatchObject({ retries: 3, exhausted: 3 });
    await expectNothingLeft(kit);
  });

  test('the budget of the inner one has a deposit for each call, not for each attempt of the outer', async () => {
    const kit = new Kit();
    const { clock } = kit;
    const budget = retryBudget({ clock, ratio: 1, floorPerSecond: 0 });
    const inner = kit.retry({ attempts: 2, budget });
    const begun = kit.begin(pipeline(kit.retry({ attempts: 3 }), inner, kit.timeout(50)), fail);
    await clock.advanceAsync(5_000);
    expect(await begun.result).toEqual({ ok: false, error: boom });
    // Two by the inner one, and one for each further attempt of the outer, whose repetition was refused.
    expect(begun.contexts).toHaveLength(4);
    expect(budget.snapshot()).toMatchObject({ granted: 1, refused: 2 });
    await expectNothingLeft(kit);
  });
});

test('retry → retry → breaker: the circuit that opens ends both', async () => {
  const kit = new Kit();
  const breaker = kit.breaker({ trip: consecutive(2) });
  const [outer, inner] = [kit.retry({ name: 'outer' }), kit.retry({ name: 'inner' })];
  const begun = kit.begin(pipeline(outer, inner, breaker), fail);
  await kit.clock.advanceAsync(5_000);
  expect(await begun.result).toMatchObject(rejectedWith('HF_CIRCUIT_OPEN'));
  expect(begun.contexts).toHaveLength(2);
  expect(outer.snapshot()).toMatchObject({ retries: 0, exhausted: 0 });
  await expectNothingLeft(kit);
});

test('retry → own → retry: a user’s own policy between them has each outer attempt entered anew', async () => {
  const kit = new Kit();
  const entered: number[] = [];
  const own = {
    name: 'own',
    execute: <T>(call: Parameters<ReturnType<Kit['retry']>['execute']>[0]): Promise<T> => {
      entered.push(kit.clock.now());
      return kit.retry({ attempts: 2 }).execute(call) as Promise<T>;
    },
  };
  const begun = kit.begin(pipeline(kit.retry({ attempts: 2 }), own), fail);
  await kit.clock.advanceAsync(5_000);
  expect(await begun.result).toEqual({ ok: false, error: boom });
  expect(begun.startedAt).toEqual([0, 100, 200, 300]);
  expect(entered).toEqual([0, 200]);
  await expectNothingLeft(kit);
});

describe('retry → breaker → timeout', () => {
  test('a spent budget ends the retry with the last error, and the breaker has seen each attempt', async () => {
    const kit = new Kit();
    const { clock } = kit;
    const budget = retryBudget({ clock, ratio: 0, floorPerSecond: 0.1 });
    const again = kit.retry({ attempts: 5, budget });
    const breaker = kit.breaker({ trip: consecutive(9) });
    const begun = kit.begin(pipeline(again, breaker, kit.timeout(100)), fail);
    await clock.advanceAsync(5_000);
    expect(await begun.result).toEqual({ ok: false, error: boom });
    expect(begun.contexts).toHaveLength(2);
    expect(again.snapshot()).toMatchObject({ retries: 1, exhausted: 0, overBudget: 1 });
    expect(breaker.snapshot().counters).toMatchObject({ failures: 2 });
    await expectNothingLeft(kit);
  });

  test('what the circuit refuses later is tried again by nobody, and costs the budget nothing', async () => {
    const kit = new Kit();
    const { clock } = kit;
    const budget = retryBudget({ clock, ratio: 0, floorPerSecond: 1 });
    const breaker = kit.breaker();
    const stack = pipeline(kit.retry({ budget }), breaker, kit.timeout(100));
    breaker.open(60_000);
    for (let call = 0; call < 5; call++) {
      expect(await kit.begin(stack, fail).result).toMatchObject(rejectedWith('HF_CIRCUIT_OPEN'));
    }
    expect(budget.snapshot()).toEqual({ credit: 10, granted: 0, refused: 0 });
    await expectNothingLeft(kit);
  });

  test('two clients share one budget: what one spends the other lacks', async () => {
    const kit = new Kit();
    const { clock } = kit;
    const budget = retryBudget({ clock, ratio: 0, floorPerSecond: 0.2 });
    const stackOf = () => pipeline(kit.retry({ budget }), kit.breaker({ trip: consecutive(9) }));
    const [one, other] = [kit.begin(stackOf(), fail), kit.begin(stackOf(), fail)];
    await clock.advanceAsync(1_000);
    expect(one.contexts.length + other.contexts.length).toBe(4);
    expect(budget.snapshot()).toMatchObject({ granted: 2, refused: 2 });
    await expectNothingLeft(kit);
  });
});

test('retry → timeout → own: a timeout is retried, an error of the call that names itself so too', async () => {
  const kit = new Kit();
  const errors: unknown[] = [];
  const again = kit.retry({ when: (error) => errors.push(error) > 0 });
  const own = new DOMException('took too long', 'TimeoutError');
  const begun = kit.begin(pipeline(again, kit.timeout(100)), ({ attempt }) => {
    if (attempt === 1) return hang();
    if (attempt === 2) throw own;
    return 'answer';
  });
  await kit.clock.advanceAsync(1_000);
  expect(await begun.result).toEqual({ ok: true, value: 'answer' });
  expect(errors).toEqual([expect.objectContaining({ code: 'HF_TIMEOUT' }), own]);
  await expectNothingLeft(kit);
});

test('retry (on results) → breaker → timeout: a result that is not wanted is a success of the breaker', async () => {
  const kit = new Kit();
  const breaker = kit.breaker();
  const again = kit.retry({ whenResult: (result) => result === 'not yet' });
  const begun = kit.begin(pipeline(again, breaker, kit.timeout(100)), ({ attempt }) =>
    attempt < 3 ? 'not yet' : 'ready',
  );
  await kit.clock.advanceAsync(1_000);
  expect(await begun.result).toEqual({ ok: true, value: 'ready' });
  expect(breaker.snapshot().counters).toMatchObject({ successes: 3, failures: 0 });
  await expectNothingLeft(kit);
});

test('retry (on results) → fallback: what the fallback answers is judged like an answer', async () => {
  const kit = new Kit();
  const again = kit.retry({ whenResult: (result) => result === 'instead' });
  const begun = kit.begin(pipeline(again, fallback({ value: 'instead' })), ({ attempt }) => {
    if (attempt < 3) throw boom;
    return 'answer';
  });
  await kit.clock.advanceAsync(1_000);
  expect(await begun.result).toEqual({ ok: true, value: 'answer' });
  expect(begun.startedAt).toEqual([0, 100, 200]);
  await expectNothingLeft(kit);
});

test('retry → fallback → timeout: a fallback that answers leaves nothing to retry, one that fails does', async () => {
  const kit = new Kit();
  const broken = [true, false];
  const instead = fallback({
    to: () => {
      if (broken.shift() === true) throw boom;
      return 'instead';
    },
  });
  const again = kit.retry();
  const begun = kit.begin(pipeline(again, instead, kit.timeout(100)), hang);
  await kit.clock.advanceAsync(1_000);
  expect(await begun.result).toEqual({ ok: true, value: 'instead' });
  expect(begun.startedAt).toEqual([0, 200]);
  expect(again.snapshot()).toMatchObject({ retries: 1 });
  await expectNothingLeft(kit);
});

test('breaker → retry → timeout: the circuit sees one failure for all attempts', async () => {
  hearWarnings();
  const kit = new Kit();
  const breaker = kit.breaker({ trip: consecutive(2) });
  const begun = kit.begin(pipeline(breaker, kit.retry(), kit.timeout(100)), hang);
  await kit.clock.advanceAsync(1_000);
  expect(await begun.result).toMatchObject(rejectedWith('HF_TIMEOUT'));
  expect(begun.contexts).toHaveLength(3);
  expect(breaker.snapshot()).toMatchObject({ state: 'CLOSED', counters: { failures: 1 } });
  await expectNothingLeft(kit);
});
