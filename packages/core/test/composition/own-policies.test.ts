import { describe, expect, test } from 'vitest';
import {
  fallback,
  pipeline,
  type Call,
  type Executable,
  type RunOptions,
} from '../../src/index.ts';
import { hang, untilAborted, userPolicy } from '../support/calls.ts';
import { boom, expectNothingLeft, gone, Kit, rejectedWith } from './kit.ts';
import { partsOf, policiesOf, scenarios } from './scenarios.ts';

const NAMES = ['deadline', 'retry', 'breaker', 'rate limit', 'bulkhead', 'timeout'];

const places = NAMES.concat('call').map((_name, place) => ({
  place,
  title: NAMES.toSpliced(place, 0, 'own').join(' → '),
}));

describe.each(places)('$title: as without a user’s own policy:', ({ place }) => {
  test.each(scenarios)('$title', async ({ play }) => {
    const seen: unknown[] = [];
    for (const own of [[], [userPolicy()]]) {
      const kit = new Kit();
      const parts = partsOf(kit);
      const stack = pipeline(...policiesOf(parts).toSpliced(place, 0, ...own));
      const outcome = await play(kit, stack, parts);
      const { breaker, retry, slots } = parts;
      seen.push([outcome, breaker.snapshot(), retry.snapshot(), slots.snapshot()]);
      await expectNothingLeft(kit);
    }
    expect(seen[1]).toEqual(seen[0]);
  });
});

test('own → retry → own → breaker → own: a stack of many of them nests in every one', async () => {
  const kit = new Kit();
  const notes: string[] = [];
  const noting = (name: string): Executable => ({
    name,
    execute: async <T>(call: Call<T>, options?: RunOptions) => {
      notes.push(name);
      return await userPolicy().execute(call, options);
    },
  });
  const stack = pipeline(noting('a'), kit.retry(), noting('b'), kit.breaker(), noting('c'));
  const begun = kit.begin(stack, () => Promise.reject(boom));
  await kit.clock.advanceAsync(1_000);
  expect(await begun.result).toMatchObject(rejectedWith('HF_CIRCUIT_OPEN'));
  // Its refusal is heard of by the policy outside, which is then not entered again.
  expect(notes.join('')).toBe('abcb');
  await expectNothingLeft(kit);
});

test('timeout → own: a user’s own policy that hangs is ended, whatever it does', async () => {
  const kit = new Kit();
  const stack = pipeline(
    kit.timeout(100),
    userPolicy(() => hang()),
    kit.bulkhead(),
  );
  const begun = kit.begin(stack, () => 'never');
  await kit.clock.advanceAsync(100);
  expect(await begun.result).toMatchObject(rejectedWith('HF_TIMEOUT'));
  expect(begun.contexts).toHaveLength(0);
  await expectNothingLeft(kit);
});

test('own → retry: a user’s own policy may call more than once, and each time is a call of its own', async () => {
  const kit = new Kit();
  const twice = userPolicy(async (run) => {
    await run();
    return await run();
  });
  const again = kit.retry();
  const begun = kit.begin(pipeline(twice, again), ({ attempt }) => {
    if (attempt === 1) throw boom;
    return attempt;
  });
  await kit.clock.advanceAsync(1_000);
  expect(await begun.result).toEqual({ ok: true, value: 2 });
  expect(begun.contexts.map(({ attempt }) => attempt)).toEqual([1, 2, 1, 2]);
  expect(again.snapshot()).toMatchObject({ retries: 2 });
  await expectNothingLeft(kit);
});

test('own → breaker: a user’s own policy that makes no call at all lets the breaker see none', async () => {
  const kit = new Kit();
  const breaker = kit.breaker();
  const cached = {
    name: 'cache',
    execute: <T>() => Promise.resolve('cached' as T),
  };
  const begun = kit.begin(pipeline(cached, breaker), () => 'never');
  expect(await begun.result).toEqual({ ok: true, value: 'cached' });
  expect(begun.contexts).toHaveLength(0);
  expect(breaker.snapshot().counters.admitted).toBe(0);
  await expectNothingLeft(kit);
});

test('retry → own → timeout: a user’s own policy that runs on after the abort makes no call', async () => {
  const kit = new Kit();
  const slow = userPolicy(async (run) => {
    await new Promise<void>((resolve) => {
      kit.clock.setTimer(resolve, 50);
    });
    return await run();
  });
  const begun = kit.begin(pipeline(kit.retry(), slow, kit.timeout(100)), untilAborted);
  await kit.clock.advanceAsync(20);
  begun.caller.abort(gone);
  await kit.clock.advanceAsync(1_000);
  expect(await begun.result).toEqual({ ok: false, error: gone });
  expect(begun.contexts).toHaveLength(0);
  await expectNothingLeft(kit);
});

test('fallback → own → bulkhead → timeout: what a user’s own policy throws at once is answered', async () => {
  const kit = new Kit();
  const throwing: Executable = {
    name: 'throwing',
    execute: () => {
      throw boom;
    },
  };
  const stack = pipeline(
    fallback({ to: (error) => error }),
    throwing,
    kit.bulkhead(),
    kit.timeout(100),
  );
  expect(await kit.begin(stack, () => 'never').result).toEqual({ ok: true, value: boom });
  await expectNothingLeft(kit);
});
