import { describe, expect, test } from 'vitest';
import {
  bulkhead,
  type BulkheadOptions,
  type BulkheadPermit,
  type BulkheadRefusal,
} from '../../src/index.ts';
import { hang, listenersOn } from '../support/calls.ts';
import { RecordingClock } from '../support/recording-clock.ts';

const boom = new Error('boom');

const rigOf = (options: Partial<BulkheadOptions> = {}) => {
  const clock = new RecordingClock();
  return { clock, policy: bulkhead({ concurrency: 1, queue: 10, clock, ...options }) };
};

const admitted = (answer: BulkheadPermit | BulkheadRefusal): BulkheadPermit => {
  if (answer.admitted) return answer;
  throw answer.rejection;
};

const full = { admitted: false, rejection: { code: 'HF_BULKHEAD_FULL' } };

describe('tryAcquire', () => {
  test('gives a slot or none, and never waits', () => {
    const { policy } = rigOf();
    const permit = admitted(policy.tryAcquire());
    expect(policy.tryAcquire()).toMatchObject(full);
    expect(policy.snapshot()).toMatchObject({ inFlight: 1, waiting: 0, admitted: 1, refused: 1 });
    permit.release();
    expect(policy.tryAcquire().admitted).toBe(true);
  });

  test('a permit gives its slot back once', () => {
    const { policy } = rigOf({ concurrency: 2 });
    const permit = admitted(policy.tryAcquire());
    admitted(policy.tryAcquire());
    permit.release();
    permit.release();
    permit[Symbol.dispose]();
    expect(policy.snapshot().inFlight).toBe(1);
  });

  test('a permit that is disposed gives its slot back, also when what it was for throws', () => {
    const { policy } = rigOf();
    const work = (): void => {
      using slot = admitted(policy.tryAcquire());
      expect(slot.admitted).toBe(true);
      throw boom;
    };
    expect(work).toThrow(boom);
    expect(policy.snapshot().inFlight).toBe(0);
  });

  test('takes no slot from those who wait', async () => {
    const { policy } = rigOf();
    const permit = admitted(policy.tryAcquire());
    const waiting = policy.acquire();
    permit.release();
    expect(policy.tryAcquire()).toMatchObject(full);
    expect((await waiting).admitted).toBe(true);
  });
});

describe('acquire', () => {
  test('gives a slot at once where there is one', async () => {
    const { policy } = rigOf();
    const permit = admitted(await policy.acquire());
    expect(policy.snapshot().inFlight).toBe(1);
    permit.release();
    expect(policy.snapshot().inFlight).toBe(0);
  });

  test('waits in one line with the calls', async () => {
    const { policy } = rigOf({ order: 'priority' });
    const log: string[] = [];
    const permit = admitted(policy.tryAcquire());
    const call = policy.execute(() => log.push('call'), { priority: 1 });
    const low = policy.acquire().then((answer) => (log.push('low'), answer));
    const high = policy.acquire({ priority: 2 }).then((answer) => (log.push('high'), answer));
    permit.release();
    admitted(await high).release();
    await call;
    admitted(await low).release();
    expect(log).toEqual(['high', 'call', 'low']);
  });

  test('answers with a refusal, and does not reject, when the wait is over or there is no place', async () => {
    const { policy, clock } = rigOf({ queue: 2 });
    admitted(policy.tryAcquire());
    const waits = policy.acquire();
    const expires = policy.acquire({ deadline: 300 });
    expect(await policy.acquire()).toMatchObject(full);
    await clock.advanceAsync(1_000);
    expect(await waits).toMatchObject(full);
    const late = { admitted: false, rejection: { code: 'HF_DEADLINE_EXCEEDED', afterMs: 300 } };
    expect(await expires).toMatchObject(late);
    expect(await policy.acquire({ deadline: 1_000 })).toMatchObject({
      rejection: { code: 'HF_DEADLINE_EXCEEDED', afterMs: 0 },
    });
  });

  test('rejects with the reason of an abort, and leaves no listener', async () => {
    const { policy } = rigOf();
    admitted(policy.tryAcquire());
    const caller = new AbortController();
    const { signal } = caller;
    const waiting = policy.acquire({ signal });
    caller.abort(boom);
    await expect(waiting).rejects.toBe(boom);
    await expect(policy.acquire({ signal })).rejects.toBe(boom);
    expect(listenersOn(signal)).toBe(0);
    expect(policy.snapshot()).toMatchObject({ inFlight: 1, waiting: 0, aborted: 1 });
  });

  test('holds what it was given, whatever the signal does later', async () => {
    const { policy } = rigOf();
    const caller = new AbortController();
    const permit = admitted(await policy.acquire({ signal: caller.signal }));
    caller.abort(boom);
    expect(policy.snapshot().inFlight).toBe(1);
    permit.release();
    expect(policy.snapshot().inFlight).toBe(0);
  });

  test.for([null, { signal: 'stop' }, { deadline: Number.NaN }])(
    'rejects wrong options: %o',
    async (options) => {
      const { policy } = rigOf();
      const acquire = policy.acquire as (options: unknown) => Promise<unknown>;
      await expect(acquire(options)).rejects.toBeInstanceOf(TypeError);
      expect(policy.snapshot().inFlight).toBe(0);
    },
  );
});

test('a call finds the slots that permits hold taken', async () => {
  const { policy } = rigOf({ queue: 0 });
  const permit = admitted(policy.tryAcquire());
  expect(await policy.attempt(hang)).toMatchObject({ rejection: { code: 'HF_BULKHEAD_FULL' } });
  permit.release();
  expect(await policy.execute(() => 'ran')).toBe('ran');
});
