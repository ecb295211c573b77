import { describe, expect, test } from 'vitest';
import { bulkhead, pipeline, type BulkheadOptions } from '../../src/index.ts';
import { hang, listenersOn, recorded } from '../support/calls.ts';
import { RecordingClock } from '../support/recording-clock.ts';
import { thenable, throwingGetter } from '../support/thenables.ts';

const boom = new Error('boom');

const rigOf = (options: Partial<BulkheadOptions> = {}) => {
  const clock = new RecordingClock();
  return { clock, policy: bulkhead({ concurrency: 1, queue: 10, clock, ...options }) };
};

/** A call that ends when it is told to. */
const held = () => {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  return { ...recorded(() => promise), resolve, reject };
};

const refusal = { ok: false, rejection: { code: 'HF_BULKHEAD_FULL', policy: 'bulkhead' } };

describe('a bulkhead', () => {
  test('lets as many run at once as it may, and refuses the rest', async () => {
    const { policy } = rigOf({ concurrency: 2, queue: 0 });
    const first = held();
    const results = [policy.execute(first.call), policy.execute(hang)];
    const late = recorded(hang);
    const settled = await policy.attempt(late.call);
    expect(settled).toMatchObject(refusal);
    expect(!settled.ok && settled.rejection?.message).toBe('bulkhead "bulkhead" is full');
    expect(late.contexts).toHaveLength(0);
    first.resolve('answer');
    expect(await results[0]).toBe('answer');
    expect(await policy.execute(() => 'next')).toBe('next');
  });

  test('hands on what the call gives, also a promise’s error, a throw and a thenable', async () => {
    const { policy } = rigOf();
    const fails = (): never => {
      throw boom;
    };
    await expect(policy.execute(() => Promise.reject(boom))).rejects.toBe(boom);
    await expect(policy.execute(fails)).rejects.toBe(boom);
    await expect(policy.execute(() => throwingGetter('no then'))).rejects.toThrow('no then');
    const answers = thenable((resolve: (value: string) => void) => resolve('later'));
    expect(await policy.execute(() => answers)).toBe('later');
    expect(policy.snapshot()).toMatchObject({ inFlight: 0, admitted: 4 });
  });

  test('gives a slot that frees to the one that waits, not to a newcomer', async () => {
    const { policy } = rigOf();
    const ran: string[] = [];
    const first = held();
    void policy.execute(first.call);
    const second = policy.execute(() => ran.push('second'));
    first.resolve('');
    const newcomer = policy.execute(() => ran.push('newcomer'));
    await Promise.all([second, newcomer]);
    expect(ran).toEqual(['second', 'newcomer']);
  });

  test('a call that waits runs in a turn of its own, not in that of whoever gave the slot back', async () => {
    const { policy } = rigOf();
    const permit = policy.tryAcquire();
    const waiting = recorded(() => 'ran');
    const result = policy.execute(waiting.call);
    expect(permit.admitted && permit.release()).toBe(undefined);
    expect(policy.snapshot()).toMatchObject({ inFlight: 1, waiting: 0 });
    expect(waiting.contexts).toHaveLength(0);
    expect(await result).toBe('ran');
    expect(policy.snapshot()).toMatchObject({ inFlight: 0 });
  });

  test('a call that calls the same bulkhead again waits for itself, and only as long as maxWaitMs', async () => {
    const { policy, clock } = rigOf({ maxWaitMs: 300 });
    const result = policy.attempt(() => policy.execute(() => 'inner'));
    await clock.advanceAsync(300);
    expect(await result).toMatchObject(refusal);
    expect(policy.snapshot()).toMatchObject({ inFlight: 0, waiting: 0 });
  });

  test('gives the call a context with what its caller said', async () => {
    const { policy } = rigOf();
    const { signal } = new AbortController();
    const { contexts, call } = recorded(() => 1);
    const options = { signal, deadline: 500, key: 'acme', priority: 3 };
    await policy.execute(call, options);
    const waits = policy.execute(call, options);
    await waits;
    expect(contexts).toMatchObject([
      { ...options, attempt: 1 },
      { ...options, attempt: 1 },
    ]);
  });

  test('tells of itself in plain JSON', async () => {
    const { policy } = rigOf({ name: 'shop', order: 'lifo', queue: 1 });
    void policy.execute(hang);
    void policy.execute(hang);
    await policy.attempt(hang, { deadline: -1 });
    const snapshot = policy.snapshot();
    expect(JSON.parse(JSON.stringify(snapshot))).toEqual(snapshot);
    expect(snapshot).toEqual({
      name: 'shop',
      concurrency: 1,
      queue: 1,
      order: 'lifo',
      inFlight: 1,
      waiting: 1,
      lateInFlight: 0,
      admitted: 1,
      refused: 0,
      expired: 1,
      aborted: 0,
    });
  });
});

describe('a call that waits', () => {
  test('is refused on the millisecond when it has waited for maxWaitMs, 1,000 by default', async () => {
    const { policy, clock } = rigOf();
    void policy.execute(hang);
    let settledAt: number | undefined;
    const result = policy.attempt(hang).finally(() => (settledAt = clock.now()));
    await clock.advanceAsync(999);
    expect(settledAt).toBe(undefined);
    await clock.advanceAsync(1_000);
    expect(settledAt).toBe(1_000);
    expect(await result).toMatchObject(refusal);
  });

  test.for([false, true])(
    'ends with its own deadline where that is nearer (in a stack: %s)',
    async (stacked) => {
      const { policy, clock } = rigOf();
      void policy.execute(hang);
      const waiting = recorded(hang);
      const way = stacked ? pipeline(policy) : policy;
      const result = way.attempt(waiting.call, { deadline: 400 });
      await clock.advanceAsync(399);
      expect(policy.snapshot().waiting).toBe(1);
      await clock.advanceAsync(1);
      const settled = await result;
      expect(settled).toMatchObject({
        rejection: { code: 'HF_DEADLINE_EXCEEDED', policy: 'bulkhead', afterMs: 400 },
      });
      expect(!settled.ok && settled.rejection?.message).toBe(
        '"bulkhead": the deadline of the call passed within 400 ms',
      );
      expect(waiting.contexts).toHaveLength(0);
      expect(policy.snapshot()).toMatchObject({ waiting: 0, expired: 1, refused: 0 });
    },
  );

  test.for([1_000, 1_001, Infinity])(
    'leaves maxWaitMs its say where its deadline is %i ms away',
    async (ms) => {
      const { policy, clock } = rigOf();
      void policy.execute(hang);
      const result = policy.attempt(hang, { deadline: ms });
      await clock.advanceAsync(1_000);
      expect(await result).toMatchObject(refusal);
    },
  );

  test.for([0, -1, -Infinity])(
    'does not wait where its deadline is %i ms away, nor run where there is room',
    async (ms) => {
      const { policy } = rigOf();
      const { contexts, call } = recorded(hang);
      const late = { rejection: { code: 'HF_DEADLINE_EXCEEDED', afterMs: 0 } };
      expect(await policy.attempt(call, { deadline: ms })).toMatchObject(late);
      void policy.execute(hang);
      expect(await policy.attempt(call, { deadline: ms })).toMatchObject(late);
      expect(contexts).toHaveLength(0);
      expect(policy.snapshot()).toMatchObject({ waiting: 0, expired: 2 });
    },
  );

  test('gets no slot after its deadline, also where our own event loop stood still', async () => {
    const { policy, clock } = rigOf();
    const first = held();
    void policy.execute(first.call);
    const expired = policy.attempt(hang, { deadline: 100 });
    const patient = policy.attempt(() => 'ran');
    clock.stall(200);
    first.resolve('');
    expect(await expired).toMatchObject({ rejection: { code: 'HF_DEADLINE_EXCEEDED' } });
    expect(await patient).toEqual({ ok: true, value: 'ran' });
  });

  test('leaves at once when its caller gives up, with the caller’s reason and no listener left', async () => {
    const { policy, clock } = rigOf();
    void policy.execute(hang);
    const caller = new AbortController();
    const waiting = recorded(hang);
    const result = policy.attempt(waiting.call, { signal: caller.signal });
    expect(listenersOn(caller.signal)).toBe(1);
    caller.abort(boom);
    expect(policy.snapshot()).toMatchObject({ waiting: 0, aborted: 1 });
    expect(await result).toEqual({ ok: false, error: boom });
    expect(listenersOn(caller.signal)).toBe(0);
    expect(clock.holdsProcess).toBe(false);
    expect(waiting.contexts).toHaveLength(0);
  });

  test('does not run when its caller gives up in the moment that it gets a slot; the slot goes on', async () => {
    const { policy } = rigOf();
    const first = policy.tryAcquire();
    const caller = new AbortController();
    const second = recorded(hang);
    const given = policy.attempt(second.call, { signal: caller.signal });
    const third = policy.execute(() => 'third');
    expect(first.admitted && first.release()).toBe(undefined);
    expect(policy.snapshot()).toMatchObject({ inFlight: 1, waiting: 1 });
    caller.abort(boom);
    expect(await given).toEqual({ ok: false, error: boom });
    expect(await third).toBe('third');
    expect(second.contexts).toHaveLength(0);
    expect(policy.snapshot()).toMatchObject({ inFlight: 0, waiting: 0 });
  });

  test('leaves no listener when it gets its slot', async () => {
    const { policy } = rigOf();
    const { signal } = new AbortController();
    const first = held();
    void policy.execute(first.call);
    const result = policy.execute(() => listenersOn(signal), { signal });
    first.resolve('');
    expect(await result).toBe(0);
  });

  test('keeps the process alive, and one timer serves all', async () => {
    const { policy, clock } = rigOf();
    const first = held();
    void policy.execute(first.call);
    expect(clock.timersMade).toBe(0);
    const results = Array.from({ length: 10 }, () => policy.execute(() => 1));
    expect(clock.timersMade).toBe(1);
    expect(clock.holdsProcess).toBe(true);
    first.resolve('');
    await Promise.all(results);
    expect(clock.holdsProcess).toBe(false);
    policy[Symbol.dispose]();
    expect(clock.pendingTimers).toBe(0);
  });

  test('is not hurt by a signal that tells of its abort twice', async () => {
    const { policy } = rigOf();
    void policy.execute(hang);
    const hear: EventListenerObject[] = [];
    const strange = {
      aborted: false,
      reason: boom,
      addEventListener: (_type: string, listener: EventListenerObject) => void hear.push(listener),
      removeEventListener: () => undefined,
    };
    const signal = strange as unknown as AbortSignal;
    const result = policy.attempt(hang, { signal });
    const other = policy.attempt(hang);
    for (const each of [...hear, ...hear]) each.handleEvent(new Event('abort'));
    expect(await result).toEqual({ ok: false, error: boom });
    expect(policy.snapshot()).toMatchObject({ waiting: 1, aborted: 1 });
    void other;
  });

  test('that cannot listen to its signal is rejected and takes no place', async () => {
    const { policy } = rigOf({ queue: 1 });
    const permit = policy.tryAcquire();
    const strange = {
      aborted: false,
      addEventListener: () => {
        throw boom;
      },
      removeEventListener: () => undefined,
    };
    const signal = strange as unknown as AbortSignal;
    const call = recorded(hang);
    expect(await policy.attempt(call.call, { signal })).toMatchObject({ error: boom });
    expect(policy.snapshot().waiting).toBe(0);
    expect(permit.admitted && permit.release()).toBe(undefined);
    expect(await policy.execute(() => 'next')).toBe('next');
    expect(call.contexts).toHaveLength(0);
  });
});

describe('the order', () => {
  const namesIn = async (options: Partial<BulkheadOptions>, priorities: readonly number[]) => {
    const { policy } = rigOf(options);
    const first = held();
    void policy.execute(first.call);
    const ran: string[] = [];
    const results = priorities.map((priority, index) =>
      policy.attempt(() => void ran.push(`${index}`), { priority }),
    );
    first.resolve('');
    const settled = await Promise.all(results);
    const refused = settled.flatMap(({ ok }, index) => (ok ? [] : [`${index}`]));
    return { ran: ran.join(' '), refused: refused.join(' ') };
  };

  test('is that of arrival by default; who finds the queue full is refused', async () => {
    expect(await namesIn({ queue: 3 }, [0, 0, 9, 9, 9])).toEqual({ ran: '0 1 2', refused: '3 4' });
  });

  test('may be newest first; the oldest then goes', async () => {
    expect(await namesIn({ queue: 3, order: 'lifo' }, [9, 0, 0, 0, 0])).toEqual({
      ran: '4 3 2',
      refused: '0 1',
    });
  });

  test('may be that of priority; the youngest of the lowest goes, be it the newcomer', async () => {
    expect(await namesIn({ queue: 3, order: 'priority' }, [1, 0, 0, 1, 2, 0])).toEqual({
      ran: '4 0 3',
      refused: '1 2 5',
    });
  });

  test('takes no call whose priority has no place in any order', async () => {
    const slots = bulkhead({ concurrency: 1 });
    const options = { priority: Number.NaN };
    const fault = { code: 'HF_INVALID_OPTION', option: 'priority' };
    await expect(slots.execute(() => 1, options)).rejects.toMatchObject(fault);
    await expect(slots.acquire(options)).rejects.toMatchObject(fault);
    expect(slots.snapshot()).toMatchObject({ admitted: 0, refused: 0 });
  });

  test('with a queue of no places refuses every newcomer, whatever the order', async () => {
    for (const order of ['fifo', 'lifo', 'priority'] as const) {
      expect(await namesIn({ order, queue: 0 }, [5])).toEqual({ ran: '', refused: '0' });
    }
  });
});
