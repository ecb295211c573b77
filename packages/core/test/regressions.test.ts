import {
  circuitBreaker,
  consecutive,
  countWindow,
  isRefusal,
  pipeline,
  retry,
  timeout,
  type CallContext,
} from '@holdfast/core';
import { virtualClock } from '@holdfast/core/testing';
import { describe, expect, it } from 'vitest';
import { deadlinesOf } from '../src/runtime/deadline-queue.ts';

const hostileCause = (): Error => {
  const error = Object.assign(new Error('x'), { name: 'AbortError' });
  return Object.defineProperty(error, 'cause', {
    get() {
      throw new Error('cause!');
    },
  });
};

const hostileBrand = (): object => ({
  [Symbol.for('holdfast.rejection')]: 'rejection',
  get code() {
    throw new Error('code!');
  },
});

describe('an error whose getters throw', () => {
  it.each([
    ['cause', hostileCause],
    ['code', hostileBrand],
  ])('%s: reaches the caller as it is and keeps no permit', async (_, make) => {
    const error = make();
    const breaker = circuitBreaker({ name: 'a', isFailure: () => true });
    const stack = pipeline(breaker, timeout({ timeoutMs: 1_000 }));
    for (const policy of [breaker, stack]) {
      const result = await policy.attempt(() => Promise.reject(error));
      expect(!result.ok && result.error === error).toBe(true);
    }
    expect(breaker.inFlight).toBe(0);
    const heard: string[] = [];
    breaker.on('transition', ({ to }) => heard.push(to));
    breaker.open();
    expect(heard).toEqual(['OPEN']);
  });
});

it('a deadline that throws stops no other deadline', () => {
  const clock = virtualClock();
  const fired: string[] = [];
  const deadline = (due: number, fire: () => void) => ({
    due,
    position: -1,
    keepsAlive: false,
    fire,
  });
  const queue = deadlinesOf(clock);
  queue.add(
    deadline(10, () => {
      throw new Error('bug');
    }),
  );
  queue.add(deadline(10, () => fired.push('second')));
  expect(() => clock.advance(10)).toThrow('bug');
  clock.advance(1);
  expect(fired).toEqual(['second']);
});

describe('wrong options of one call', () => {
  const wrong: readonly (readonly [string, object])[] = [
    ['signal', { signal: new AbortController() }],
    ['deadline', { deadline: 5n }],
    ['deadline', { deadline: Number.NaN }],
    [
      'signal',
      {
        get signal() {
          throw new TypeError('signal');
        },
      },
    ],
  ];

  it.each(wrong)('%s: reject with a typed error and count nothing', async (name, options) => {
    const breaker = circuitBreaker({ name: 'a', trip: consecutive(1) });
    const policies = [breaker, retry(), timeout({ timeoutMs: 5 }), pipeline(breaker, retry())];
    for (const policy of policies) {
      const call = ({ signal }: CallContext): boolean => signal.aborted;
      const result = await policy.attempt(call, options);
      expect(!result.ok && result.error).toBeInstanceOf(TypeError);
      expect(!result.ok && String(result.error)).toContain(name);
    }
    expect(breaker.snapshot()).toMatchObject({ state: 'CLOSED', counters: { admitted: 0 } });
  });

  it('a call that is no function blames no dependency', async () => {
    const breaker = circuitBreaker({ name: 'a', trip: consecutive(1) });
    const call = undefined as never;
    await expect(breaker.execute(call)).rejects.toThrow('option "call"');
    expect(await breaker.attempt(call)).toMatchObject({ ok: false });
    expect(() => breaker.executeSync(call)).toThrow('option "call"');
    expect(breaker.snapshot()).toMatchObject({ state: 'CLOSED', counters: { admitted: 0 } });
  });
});

it('a check that another circuit refuses fails its probe and waits out the break', async () => {
  const clock = virtualClock();
  let checks = 0;
  const other = circuitBreaker({ name: 'other', clock });
  other.open(600_000);
  const breaker = circuitBreaker({
    name: 'a',
    trip: consecutive(1),
    open: { baseMs: 100, factor: 1, jitter: 0 },
    check: () => {
      checks++;
      return other.execute(() => 1);
    },
    clock,
  });
  await breaker.attempt(() => Promise.reject(new Error('x')));
  await clock.advanceAsync(1_000);
  expect(checks).toBe(10);
});

it('a refusal inside a fetch error is neither retried nor counted', async () => {
  const inner = circuitBreaker({ name: 'inner' });
  inner.open(60_000);
  const outer = circuitBreaker({ name: 'outer', trip: countWindow({ size: 2 }) });
  let calls = 0;
  const stack = pipeline(retry({ attempts: 3, backoff: { baseMs: 0 } }), outer);
  const result = await stack.attempt(() => {
    calls++;
    return inner
      .execute(() => 1)
      .catch((cause: unknown) => {
        throw new TypeError('fetch failed', { cause });
      });
  });
  expect(!result.ok && result.error instanceof Error && isRefusal(result.error.cause)).toBe(true);
  expect(calls).toBe(1);
  expect(outer.snapshot().counters).toMatchObject({ ignored: 1, failures: 0 });
});

it('a source of chance that throws breaks nothing', () => {
  const clock = virtualClock();
  const breaker = circuitBreaker({
    name: 'a',
    clock,
    open: { baseMs: 100 },
    random: () => {
      throw new Error('no chance');
    },
  });
  breaker.open();
  expect(breaker.snapshot().retryAfterMs).toBe(100);
});

it('what happens to the array of rules later changes nothing', async () => {
  const rules = [consecutive(1)];
  const breaker = circuitBreaker({ name: 'a', trip: rules });
  rules.length = 0;
  await breaker.attempt(() => Promise.reject(new Error('x')));
  expect(breaker.state).toBe('OPEN');
});

it('a lease that ended is not explained by an older failure', async () => {
  const clock = virtualClock();
  const breaker = circuitBreaker({
    name: 'a',
    trip: consecutive(1),
    open: { baseMs: 10, jitter: 0 },
    halfOpen: { leaseMs: 50 },
    clock,
  });
  await breaker.attempt(() => Promise.reject(new Error('old')));
  clock.advance(10);
  breaker.tryAcquire();
  clock.advance(50);
  const refusal = breaker.tryAcquire();
  expect(!refusal.admitted && refusal.rejection.cause).toBeUndefined();
});

it('a deadline that was over before the call blames nobody, however early blame begins', async () => {
  const breaker = circuitBreaker({ name: 'a', trip: consecutive(1), blameAfterMs: 0 });
  const stack = pipeline(breaker, timeout({ timeoutMs: 1_000 }));
  const result = await stack.attempt(() => 1, { deadline: 0 });
  expect(!result.ok && result.rejection?.code).toBe('HF_DEADLINE_EXCEEDED');
  expect(breaker.snapshot()).toMatchObject({ state: 'CLOSED', counters: { ignored: 1 } });
});
