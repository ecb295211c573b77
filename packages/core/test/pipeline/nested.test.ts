import { describe, expect, test } from 'vitest';
import { consecutive, fallback, pipeline, retry, timeout } from '../../src/index.ts';
import { benchOf } from '../support/breaker.ts';
import { hang, recorded, untilAborted, userPolicy } from '../support/calls.ts';

const boom = new Error('boom');
const gone = new Error('the caller has gone');
const fixed = { baseMs: 100, factor: 1, jitter: 'none' } as const;

/** A policy of the user's that says when it begins and ends. */
const noting = (notes: string[]) =>
  userPolicy(async (run) => {
    notes.push('in');
    try {
      return await run();
    } finally {
      notes.push('out');
    }
  });

describe('a user’s own policy, no more than a name and execute', () => {
  test('retry > own > breaker: is entered once per attempt, around what lies inside', async () => {
    const { breaker, clock } = benchOf({ trip: consecutive(100) });
    const notes: string[] = [];
    breaker.on('outcome', ({ outcome }) => notes.push(outcome));
    const stack = pipeline(retry({ clock, backoff: fixed }), noting(notes), breaker);
    const { contexts, call } = recorded(({ attempt }) => {
      if (attempt < 3) throw boom;
      return 'answer';
    });
    const result = stack.attempt(call);
    await clock.advanceAsync(1_000);
    expect(await result).toEqual({ ok: true, value: 'answer' });
    expect(contexts.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(notes.join(' ')).toBe('in failure out in failure out in success out');
  });

  test('own > breaker > timeout: stands outermost', async () => {
    const { breaker, clock } = benchOf();
    const notes: string[] = [];
    const stack = pipeline(noting(notes), breaker, timeout({ timeoutMs: 100, clock }));
    const result = stack.attempt(hang);
    await clock.advanceAsync(100);
    expect(await result).toMatchObject({ rejection: { code: 'HF_TIMEOUT' } });
    expect(breaker.state).toBe('OPEN');
    expect(notes).toEqual(['in', 'out']);
  });

  test('breaker > own: stands innermost, with the key, priority and deadline of the caller', async () => {
    const { breaker, clock } = benchOf();
    const { contexts, call } = recorded(() => 'answer');
    const options = { key: 'tenant', priority: 3, deadline: clock.now() + 500 };
    await pipeline(breaker, userPolicy()).execute(call, options);
    expect(contexts[0]).toMatchObject({ ...options, attempt: 1 });
  });

  test('own > own: nests in itself', async () => {
    const notes: string[] = [];
    const stack = pipeline(noting(notes), noting(notes));
    expect(await stack.execute(() => notes.push('call'))).toBe(3);
    expect(notes).toEqual(['in', 'in', 'call', 'out', 'out']);
  });

  test('timeout > own > breaker: the signal reaches through it', async () => {
    const { breaker, clock } = benchOf();
    const stack = pipeline(timeout({ timeoutMs: 100, clock }), userPolicy(), breaker);
    const { contexts, call } = recorded(untilAborted);
    const result = stack.attempt(call);
    await clock.advanceAsync(100);
    expect(await result).toMatchObject({ rejection: { code: 'HF_TIMEOUT' } });
    expect(contexts[0]?.signal.reason).toMatchObject({ code: 'HF_TIMEOUT' });
    expect(breaker.snapshot()).toMatchObject({ inFlight: 0, counters: { failures: 1 } });
  });

  test('retry > own > timeout: so does the caller’s abort', async () => {
    const { clock } = benchOf();
    const stack = pipeline(retry({ clock }), userPolicy(), timeout({ timeoutMs: 100, clock }));
    const caller = new AbortController();
    const { contexts, call } = recorded(untilAborted);
    const result = stack.attempt(call, { signal: caller.signal });
    caller.abort(gone);
    expect(await result).toEqual({ ok: false, error: gone });
    expect(contexts).toHaveLength(1);
  });

  test('breaker > own > call: its own error is the dependency’s', async () => {
    const { breaker } = benchOf();
    const stack = pipeline(
      breaker,
      userPolicy(() => Promise.reject(boom)),
    );
    const { contexts, call } = recorded(() => 'answer');
    expect(await stack.attempt(call)).toEqual({ ok: false, error: boom });
    expect(contexts).toHaveLength(0);
    expect(breaker.state).toBe('OPEN');
  });

  test('retry > own: a sync throw of its execute is an error like any other', async () => {
    const { clock } = benchOf();
    let entered = 0;
    const throwing = {
      name: 'throwing',
      execute: () => {
        entered++;
        throw boom;
      },
    };
    const result = pipeline(retry({ clock }), throwing).attempt(() => 'answer');
    await clock.advanceAsync(10_000);
    expect(await result).toEqual({ ok: false, error: boom });
    expect(entered).toBe(3);
  });

  test('retry > own > breaker: a refusal from within it is still never retried', async () => {
    const { breaker, clock } = benchOf();
    const notes: string[] = [];
    breaker.open(60_000);
    const stack = pipeline(retry({ clock }), noting(notes), breaker);
    const result = await stack.attempt(() => 'answer');
    expect(result).toMatchObject({ rejection: { code: 'HF_CIRCUIT_OPEN' } });
    expect(notes).toEqual(['in', 'out']);
  });
});

describe('a pipeline in a pipeline', () => {
  test('(retry > breaker) > timeout behaves as retry > breaker > timeout', async () => {
    const { breaker, clock } = benchOf({ trip: consecutive(100) });
    const patience = timeout({ timeoutMs: 100, clock });
    const repeating = retry({ clock, backoff: fixed });
    for (const stack of [
      pipeline(pipeline(repeating, breaker), patience),
      pipeline(repeating, pipeline(breaker, patience)),
      pipeline(pipeline(pipeline(repeating)), pipeline(breaker), pipeline(patience)),
    ]) {
      breaker.reset();
      const { contexts, call } = recorded(hang);
      const result = stack.attempt(call);
      await clock.advanceAsync(1_000);
      expect(await result).toMatchObject({ rejection: { code: 'HF_TIMEOUT' } });
      expect(contexts.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
      expect(breaker.snapshot()).toMatchObject({ inFlight: 0, consecutiveFailures: 3 });
    }
  });

  test('retry > (own > timeout) > breaker: a user’s own policy inside is kept, and all inside it', async () => {
    const { breaker, clock } = benchOf({ trip: consecutive(100) });
    const notes: string[] = [];
    const inside = pipeline(noting(notes), timeout({ timeoutMs: 100, clock }));
    const stack = pipeline(retry({ clock, backoff: fixed }), inside, breaker);
    const { contexts, call } = recorded(({ attempt }) => (attempt < 3 ? hang() : 'answer'));
    const result = stack.attempt(call);
    await clock.advanceAsync(1_000);
    expect(await result).toEqual({ ok: true, value: 'answer' });
    expect(contexts.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(notes).toEqual(['in', 'out', 'in', 'out', 'in', 'out']);
    expect(breaker.snapshot().counters).toMatchObject({ admitted: 3, successes: 1 });
  });

  test('(fallback > own) > retry: answers in the stead of what lies outside the brackets too', async () => {
    const { clock } = benchOf();
    const inside = pipeline(fallback({ to: () => 'instead' }), userPolicy());
    const result = pipeline(inside, retry({ clock })).attempt(() => Promise.reject(boom));
    await clock.advanceAsync(10_000);
    expect(await result).toEqual({ ok: true, value: 'instead' });
  });

  test('shows each of its policies, those of the inner pipeline beneath it', () => {
    const { breaker, clock } = benchOf();
    const inside = pipeline(breaker, userPolicy());
    const stack = pipeline(retry({ clock }), inside);
    expect(stack.name).toBe('retry > payments > own');
    expect(stack.snapshot()).toEqual({
      policies: [
        { name: 'retry', attempts: 3, retries: 0, exhausted: 0, overBudget: 0 },
        { policies: [breaker.snapshot(), 'own'] },
      ],
    });
  });
});

describe('retry > retry: no two attempts share a number', () => {
  test.each([
    ['retry > retry', 2],
    ['retry > retry > retry', 3],
  ])('%s', async (_title, depth) => {
    const { clock } = benchOf();
    const one = () => retry({ clock, attempts: 3, backoff: fixed });
    const { contexts, call } = recorded(() => Promise.reject(boom));
    const stack = pipeline(...Array.from({ length: depth }, one));
    const result = stack.attempt(call);
    await clock.advanceAsync(100_000);
    expect(await result).toEqual({ ok: false, error: boom });
    const all = Array.from({ length: 3 ** depth }, (_, index) => index + 1);
    expect(contexts.map(({ attempt }) => attempt)).toEqual(all);
  });
});

describe('fallback', () => {
  test('fallback > retry > breaker: answers once the attempts are used up', async () => {
    const { breaker, clock } = benchOf({ trip: consecutive(100) });
    const stack = pipeline(fallback({ to: (error) => error }), retry({ clock }), breaker);
    const { contexts, call } = recorded(() => Promise.reject(boom));
    const result = stack.execute(call);
    await clock.advanceAsync(10_000);
    expect(await result).toBe(boom);
    expect(contexts).toHaveLength(3);
    expect(breaker.snapshot().counters).toMatchObject({ failures: 3 });
  });

  test('retry > fallback > breaker: an answer inside leaves nothing to retry', async () => {
    const { breaker, clock } = benchOf({ trip: consecutive(100) });
    const stack = pipeline(retry({ clock }), fallback({ to: () => 'instead' }), breaker);
    const { contexts, call } = recorded(() => Promise.reject(boom));
    expect(await stack.execute(call)).toBe('instead');
    expect(contexts).toHaveLength(1);
    expect(breaker.snapshot().counters).toMatchObject({ failures: 1 });
  });

  test('retry > fallback: a fallback that fails is tried again with the call', async () => {
    const { clock } = benchOf();
    const worse = new Error('worse');
    const errors: unknown[] = [];
    const to = (error: unknown): never => {
      errors.push(error);
      throw worse;
    };
    const stack = pipeline(retry({ clock }), fallback({ to }));
    const result = stack.attempt(() => Promise.reject(boom));
    await clock.advanceAsync(10_000);
    expect(await result).toEqual({ ok: false, error: worse });
    expect(errors).toEqual([boom, boom, boom]);
  });

  test('timeout > fallback: a fallback that hangs is ended, and hears of it', async () => {
    const { clock } = benchOf();
    const { contexts, call: to } = recorded(hang);
    const late = fallback({ to: (_error, context) => to(context) });
    const result = pipeline(timeout({ timeoutMs: 100, clock }), late).attempt(() =>
      Promise.reject(boom),
    );
    await clock.advanceAsync(100);
    expect(await result).toMatchObject({ rejection: { code: 'HF_TIMEOUT' } });
    expect(contexts[0]?.signal.reason).toMatchObject({ code: 'HF_TIMEOUT' });
  });

  test('fallback > timeout: the fallback’s own signal is not the one that the timeout aborted', async () => {
    const { clock } = benchOf();
    const { contexts, call: to } = recorded(() => 'instead');
    const late = fallback({ to: (_error, context) => to(context) });
    const deadline = clock.now() + 500;
    const stack = pipeline(late, timeout({ timeoutMs: 100, clock }));
    const result = stack.attempt(hang, { deadline, key: 'tenant', priority: 2 });
    await clock.advanceAsync(100);
    expect(await result).toEqual({ ok: true, value: 'instead' });
    expect(contexts[0]).toMatchObject({ attempt: 1, deadline, key: 'tenant', priority: 2 });
    expect(contexts[0]?.signal.aborted).toBe(false);
    expect(contexts[0]?.remainingMs()).toBe(400);
  });

  test('fallback > fallback: the outer one answers when the inner one cannot', async () => {
    const outer = fallback({ name: 'outer', to: (error) => `outer after ${String(error)}` });
    const inner = fallback({ name: 'inner', to: () => Promise.reject(new Error('inner')) });
    expect(await pipeline(outer, inner).execute(() => Promise.reject(boom))).toBe(
      'outer after Error: inner',
    );
  });
});
