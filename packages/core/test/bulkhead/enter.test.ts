import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  bulkhead,
  type BulkheadAcquireOptions,
  type BulkheadOptions,
  type BulkheadPermit,
} from '../../src/index.ts';
import { listenersOn } from '../support/calls.ts';
import { RecordingClock } from '../support/recording-clock.ts';
import { Calls, doTo, Permits, step, type Answer, type Step } from './enter-sides.ts';

const boom = new Error('boom');

const admitted = (answer: Answer | Promise<Answer>): BulkheadPermit => {
  if (answer instanceof Promise || !answer.admitted) throw new Error('no permit at once');
  return answer;
};

describe('enter', () => {
  test('lets in, has wait, turns away, counts and tells as execute does', async () => {
    const options = fc.record({
      concurrency: fc.integer({ min: 1, max: 3 }),
      queue: fc.nat(3),
      order: fc.constantFrom('fifo' as const, 'lifo' as const, 'priority' as const),
      maxWaitMs: fc.constantFrom(50, 300),
    });
    const property = fc.asyncProperty(
      options,
      fc.array(step, { maxLength: 40 }),
      async (set, walk) => {
        const calls = new Calls(set);
        const permits = new Permits(set);
        for (const what of [...walk, { type: 'pass', ms: 1_000 } satisfies Step]) {
          await doTo(calls, what);
          await doTo(permits, what);
          expect(permits.seen).toEqual(calls.seen);
        }
      },
    );
    await fc.assert(property, { numRuns: 300 });
  });

  const rigOf = (options: Partial<BulkheadOptions> = {}) => {
    const clock = new RecordingClock();
    return { clock, policy: bulkhead({ concurrency: 1, queue: 10, clock, ...options }) };
  };

  /** Options with a signal that is made when it is asked for. */
  const lazily = (rest: Omit<BulkheadAcquireOptions, 'signal'> = {}) => {
    const caller = new AbortController();
    const asked = { times: 0 };
    const options: BulkheadAcquireOptions = {
      ...rest,
      get signal() {
        asked.times++;
        return caller.signal;
      },
    };
    return { options, asked, caller };
  };

  test('answers at once where there is a slot, or none and no place to wait', () => {
    const { policy } = rigOf({ queue: 0 });
    const permit = admitted(policy.enter());
    expect(policy.enter()).toMatchObject({ rejection: { code: 'HF_BULKHEAD_FULL' } });
    expect(policy.enter({ deadline: 0 })).toMatchObject({
      rejection: { code: 'HF_DEADLINE_EXCEEDED' },
    });
    permit.release();
    permit.release();
    expect(policy.snapshot()).toMatchObject({ inFlight: 0, admitted: 1, refused: 1, expired: 1 });
  });

  test('reads the signal only where it waits, and once', async () => {
    const { policy, clock } = rigOf({ queue: 1 });
    const { options, asked, caller } = lazily();
    const permit = admitted(policy.enter(options));
    const full = lazily({ deadline: 0 });
    expect(policy.enter(full.options)).toMatchObject({ admitted: false });
    expect([asked.times, full.asked.times]).toEqual([0, 0]);
    const waiting = policy.enter(options);
    expect(asked.times).toBe(1);
    expect(policy.enter(full.options)).toMatchObject({ admitted: false });
    expect(full.asked.times).toBe(0);
    caller.abort(boom);
    await expect(waiting).rejects.toBe(boom);
    expect(listenersOn(caller.signal)).toBe(0);
    permit.release();
    expect(policy.snapshot()).toMatchObject({ inFlight: 0, waiting: 0, aborted: 1 });
    await clock.advanceAsync(10_000);
    expect(clock.holdsProcess).toBe(false);
  });

  test('does not wait for a caller who has given up already', async () => {
    const { policy } = rigOf();
    admitted(policy.enter());
    const signal = AbortSignal.abort(boom);
    await expect(policy.enter({ signal })).rejects.toBe(boom);
    expect(policy.snapshot()).toMatchObject({ waiting: 0, inFlight: 1 });
  });

  test('is refused once disposed', () => {
    const { policy } = rigOf();
    policy[Symbol.dispose]();
    expect(policy.enter()).toMatchObject({ rejection: { code: 'HF_DISPOSED' } });
  });

  test.for([null, { signal: 'stop' }, { deadline: Number.NaN }, { priority: Number.NaN }])(
    'throws nothing for wrong options where it has to wait: %o',
    async (options) => {
      const { policy, clock } = rigOf();
      const permit = admitted(policy.enter());
      const enter = policy.enter as (options: unknown) => unknown;
      await expect(enter(options)).rejects.toBeInstanceOf(TypeError);
      expect(policy.snapshot()).toMatchObject({ inFlight: 1, waiting: 0 });
      expect(clock.pendingTimers).toBe(0);
      permit.release();
      expect(policy.snapshot().inFlight).toBe(0);
    },
  );

  test('fails that caller alone whose signal takes no listener', async () => {
    const { policy } = rigOf();
    const permit = admitted(policy.enter());
    const { signal } = new AbortController();
    signal.addEventListener = () => {
      throw boom;
    };
    await expect(policy.enter({ signal })).rejects.toBe(boom);
    permit.release();
    expect(policy.snapshot()).toMatchObject({ inFlight: 0, waiting: 0 });
  });
});
