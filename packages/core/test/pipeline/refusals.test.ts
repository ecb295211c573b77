import { describe, expect, test } from 'vitest';
import { consecutive, fallback, isRefusal, pipeline, retry, timeout } from '../../src/index.ts';
import { admitted, benchOf, dueBenchOf } from '../support/breaker.ts';
import { recorded } from '../support/calls.ts';

const boom = new Error('boom');
const fixed = { baseMs: 100, factor: 1, jitter: 'none' } as const;

describe('outer breaker > retry > inner breaker > timeout: never retried, never counted:', () => {
  test.each([
    ['HF_CIRCUIT_OPEN', (bench: ReturnType<typeof benchOf>) => bench.breaker.open(60_000)],
    ['HF_CIRCUIT_ISOLATED', (bench: ReturnType<typeof benchOf>) => bench.breaker.isolate('drill')],
    ['HF_DISPOSED', (bench: ReturnType<typeof benchOf>) => bench.breaker[Symbol.dispose]()],
    [
      'HF_PROBE_LIMIT',
      ({ breaker, clock }: ReturnType<typeof benchOf>) => {
        breaker.open(0);
        clock.advance(0);
        return admitted(breaker.tryAcquire());
      },
    ],
  ])('%s', async (code, turnAway) => {
    const inner = benchOf({ name: 'inner' });
    const { clock } = inner;
    const { breaker: outer } = benchOf({ name: 'outer', clock });
    const repeating = retry({ clock });
    const patience = timeout({ timeoutMs: 100, clock });
    const stack = pipeline(outer, repeating, inner.breaker, patience);
    turnAway(inner);
    const { contexts, call } = recorded(() => 'answer');

    const result = await stack.attempt(call);

    expect(result).toMatchObject({ ok: false, rejection: { code, policy: 'inner' } });
    expect(!result.ok && isRefusal(result.error)).toBe(true);
    expect(contexts).toHaveLength(0);
    expect(repeating.snapshot()).toMatchObject({ retries: 0, exhausted: 0 });
    expect(outer.snapshot()).toMatchObject({ state: 'CLOSED', inFlight: 0 });
    expect(outer.snapshot().counters).toMatchObject({ successes: 0, failures: 0, ignored: 1 });
  });
});

test('outer breaker > inner breaker: a refused probe gives its slot back', async () => {
  const inner = benchOf({ name: 'inner' });
  const { clock } = inner;
  const { breaker: outer } = benchOf({ name: 'outer', clock, halfOpen: { probes: 1 } });
  const stack = pipeline(outer, inner.breaker);
  const isolation = inner.breaker.isolate('drill');
  outer.open(0);

  const refused = await stack.attempt(() => 'answer');
  expect(refused).toMatchObject({ rejection: { code: 'HF_CIRCUIT_ISOLATED' } });
  expect(outer.snapshot()).toMatchObject({ state: 'HALF_OPEN', probes: { unsettled: 0 } });

  isolation[Symbol.dispose]();
  expect(await stack.execute(() => 'answer')).toBe('answer');
  expect(outer.state).toBe('CLOSED');
});

test('retry > breaker: the circuit that the attempts open ends the retry, with what opened it', async () => {
  const { breaker, clock } = benchOf({ trip: consecutive(2) });
  const repeating = retry({ clock, attempts: 5, backoff: fixed });
  const { contexts, call } = recorded(() => Promise.reject(boom));
  const result = pipeline(repeating, breaker).attempt(call);
  await clock.advanceAsync(10_000);

  expect(await result).toMatchObject({ rejection: { code: 'HF_CIRCUIT_OPEN', cause: boom } });
  expect(contexts).toHaveLength(2);
  expect(repeating.snapshot()).toMatchObject({ retries: 2, exhausted: 0 });
});

test('timeout > breaker: a refusal leaves no deadline behind', async () => {
  const { breaker, clock } = benchOf();
  const patience = timeout({ timeoutMs: 100, clock });
  breaker.open(60_000);
  const result = await pipeline(patience, breaker).attempt(() => 'answer');
  expect(result).toMatchObject({ rejection: { code: 'HF_CIRCUIT_OPEN' } });
  patience[Symbol.dispose]();
  expect(clock.pendingTimers).toBe(0);
  expect(patience.snapshot()).toMatchObject({ timeouts: 0 });
});

test('breaker > timeout: a deadline that has passed turns the call away and is not blamed on it', async () => {
  const { breaker, clock } = benchOf();
  const stack = pipeline(retry({ clock }), breaker, timeout({ timeoutMs: 100, clock }));
  const { contexts, call } = recorded(() => 'answer');

  const result = await stack.attempt(call, { deadline: clock.now() });

  expect(result).toMatchObject({ rejection: { code: 'HF_DEADLINE_EXCEEDED', afterMs: 0 } });
  expect(contexts).toHaveLength(0);
  expect(breaker.snapshot().counters).toMatchObject({ failures: 0, ignored: 1 });
});

test('breaker > timeout: waiters are refused when the probe before them fails', async () => {
  const { breaker, clock } = dueBenchOf({ halfOpen: { overflow: { waitMs: 5_000, max: 2 } } });
  const stack = pipeline(retry({ clock }), breaker, timeout({ timeoutMs: 100, clock }));
  const probe = admitted(breaker.tryAcquire());
  const { contexts, call } = recorded(() => 'answer');
  const results = Promise.all([stack.attempt(call), stack.attempt(call)]);

  probe.failure(boom);
  const refused = { ok: false, rejection: { code: 'HF_CIRCUIT_OPEN' } };

  expect(await results).toMatchObject([refused, refused]);
  expect(contexts).toHaveLength(0);
  expect(breaker.snapshot()).toMatchObject({ waiting: 0, inFlight: 0 });
});

test('fallback > breaker: answers a refusal too', async () => {
  const { breaker } = benchOf();
  breaker.open(60_000);
  const stack = pipeline(fallback({ to: () => 'instead' }), breaker);
  expect(await stack.execute(() => 'answer')).toBe('instead');
});

test('breaker > fallback > breaker: what is answered in the call’s stead is a success outside', async () => {
  const inner = benchOf({ name: 'inner' });
  const { breaker: outer } = benchOf({ name: 'outer', clock: inner.clock });
  inner.breaker.open(60_000);
  const stack = pipeline(outer, fallback({ to: () => 'instead' }), inner.breaker);
  expect(await stack.execute(() => 'answer')).toBe('instead');
  expect(outer.snapshot().counters).toMatchObject({ successes: 1, ignored: 0 });
});
