import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  bulkhead,
  consecutive,
  deadline,
  fallback,
  pipeline,
  retry,
  timeout,
  type DeadlineOptions,
  type TimeoutEvents,
} from '../../src/index.ts';
import { virtualClock } from '../../src/testing/index.ts';
import { benchOf } from '../support/breaker.ts';
import { hang, recorded, userPolicy } from '../support/calls.ts';
import { RecordingClock } from '../support/recording-clock.ts';

const boom = new Error('boom');
const failing = (): Promise<string> => Promise.reject(boom);
const fixed = { kind: 'constant', baseMs: 100, jitter: 'none' } as const;

const rigOf = (options: Partial<DeadlineOptions> = {}) => {
  const clock = new RecordingClock();
  const policy = deadline({ deadlineMs: 300, clock, ...options });
  const events: TimeoutEvents['timeout'][] = [];
  policy.on('timeout', (event) => void events.push(event));
  return { clock, policy, events };
};

const after = (clock: RecordingClock, ms: number, error?: Error): Promise<string> =>
  new Promise((resolve, reject) => {
    clock.setTimer(() => (error === undefined ? resolve('answer') : reject(error)), ms);
  });

describe('a deadline bounds', () => {
  const ended = { rejection: { code: 'HF_DEADLINE_EXCEEDED', policy: 'deadline', afterMs: 300 } };

  test('an attempt: deadline > retry', async () => {
    const { clock, policy } = rigOf();
    const told: unknown[] = [];
    const { contexts, call } = recorded((context) => {
      told.push(context.deadline, context.remainingMs());
      return context.attempt === 1 ? after(clock, 50, boom) : hang();
    });
    const result = pipeline(policy, retry({ clock, backoff: fixed })).attempt(call);
    await clock.advanceAsync(300);
    expect(await result).toMatchObject(ended);
    expect(told).toEqual([300, 300, 300, 150]);
    expect(contexts[1]?.signal.aborted).toBe(true);
    expect(policy.snapshot()).toMatchObject({ lateInFlight: 1 });
  });

  test('a sleep that would outlast it, which is not begun: deadline > retry', async () => {
    const { clock, policy, events } = rigOf();
    const slow = retry({ clock, backoff: { ...fixed, baseMs: 300 } });
    const result = await pipeline(policy, slow).attempt(failing);
    expect(result).toEqual({ ok: false, error: boom });
    expect(slow.snapshot()).toMatchObject({ retries: 0 });
    expect(events).toEqual([]);
    expect(clock.holdsProcess).toBe(false);
  });

  test('a sleep under a user’s own policy, too: deadline > own > retry', async () => {
    const { clock, policy } = rigOf();
    const slow = retry({ clock, backoff: { ...fixed, baseMs: 300 } });
    const result = pipeline(policy, userPolicy(), slow).attempt(failing);
    await clock.advanceAsync(0);
    expect(await result).toEqual({ ok: false, error: boom });
  });

  test('a wait in a queue: deadline > bulkhead', async () => {
    const { clock, policy } = rigOf();
    const room = bulkhead({ concurrency: 1, queue: 5, maxWaitMs: 10_000, clock });
    const busy = room.attempt(() => after(clock, 1_000));
    const { contexts, call } = recorded(hang);
    const result = pipeline(policy, room).attempt(call);
    await clock.advanceAsync(300);
    expect(await result).toMatchObject(ended);
    expect(policy.snapshot()).toMatchObject({ timeouts: 1, lateInFlight: 0 });
    await clock.advanceAsync(1_000);
    expect(await busy).toEqual({ ok: true, value: 'answer' });
    expect(contexts).toHaveLength(0);
  });

  test('what a fallback does: deadline > fallback', async () => {
    const { clock, policy } = rigOf();
    const { contexts, call: to } = recorded(hang);
    const late = fallback({ to: (_error, context) => to(context) });
    const result = pipeline(policy, late).attempt(failing);
    await clock.advanceAsync(300);
    expect(await result).toMatchObject(ended);
    expect(contexts[0]?.signal.aborted).toBe(true);
  });

  test('a breaker’s call, which may be blamed for it: deadline > breaker', async () => {
    const { breaker, clock } = benchOf({ blameAfterMs: 300, trip: consecutive(2) });
    const stack = pipeline(deadline({ deadlineMs: 300, clock }), breaker);
    const result = stack.attempt(hang);
    await clock.advanceAsync(300);
    expect(await result).toMatchObject({ rejection: { code: 'HF_DEADLINE_EXCEEDED' } });
    expect(breaker.snapshot()).toMatchObject({ inFlight: 0, counters: { failures: 1 } });
  });
});

/** How a call under deadline > retry > timeout goes, by the description alone. */
interface Course {
  readonly attempts: number;
  readonly endsAt: number;
  readonly by: 'answer' | 'boom' | 'HF_TIMEOUT' | 'HF_DEADLINE_EXCEEDED';
}

interface Turn {
  readonly tookMs: number;
  readonly ok: boolean;
}

const courseOf = (turns: readonly Turn[], deadlineMs: number, timeoutMs: number): Course => {
  let now = 0;
  for (const [index, { tookMs, ok }] of turns.entries()) {
    const attempts = index + 1;
    now += Math.min(tookMs, timeoutMs);
    if (now >= deadlineMs) return { attempts, endsAt: deadlineMs, by: 'HF_DEADLINE_EXCEEDED' };
    const timedOut = tookMs >= timeoutMs;
    if (ok && !timedOut) return { attempts, endsAt: now, by: 'answer' };
    const by = timedOut ? 'HF_TIMEOUT' : 'boom';
    if (attempts === turns.length || fixed.baseMs >= deadlineMs - now)
      return { attempts, endsAt: now, by };
    now += fixed.baseMs;
  }
  throw new Error('no turn');
};

test('deadline > retry > timeout: a whole call goes as a model without timers says', async () => {
  // Calls end on odd and timeouts on even pairs, deadlines between: no two things happen at once.
  const turn = fc.record({ tookMs: fc.nat({ max: 100 }).map((n) => 4 * n + 2), ok: fc.boolean() });
  const inputs = [
    fc.array(turn, { minLength: 1, maxLength: 6 }),
    fc.nat({ max: 600 }).map((n) => 2 * n + 1),
    fc.integer({ min: 1, max: 100 }).map((n) => 4 * n),
  ] as const;
  const property = fc.asyncProperty(...inputs, async (turns, deadlineMs, timeoutMs) => {
    const clock = virtualClock();
    const end = deadline({ deadlineMs, clock });
    const again = retry({ clock, attempts: turns.length, backoff: fixed, budget: false });
    const stack = pipeline(end, again, timeout({ timeoutMs, clock }));
    const told: unknown[] = [];
    let endsAt = -1;
    const result = stack
      .attempt(async ({ attempt, deadline: at }) => {
        told.push(at);
        const { tookMs = 0, ok = true } = turns[attempt - 1] ?? {};
        await new Promise<void>((done) => void clock.setTimer(done, tookMs));
        if (ok) return 'answer';
        throw boom;
      })
      .finally(() => (endsAt = clock.now()));
    await clock.advanceAsync(10_000);
    const settled = await result;
    const by = settled.ok ? settled.value : (settled.rejection?.code ?? 'boom');
    const course = courseOf(turns, deadlineMs, timeoutMs);
    expect({ attempts: told.length, endsAt, by }).toEqual(course);
    expect(new Set(told)).toEqual(new Set([deadlineMs]));
    const timeouts = course.by === 'HF_DEADLINE_EXCEEDED' ? 1 : 0;
    expect(end.snapshot()).toMatchObject({ timeouts, lateInFlight: 0 });
    expect(clock.pendingTimers).toBe(0);
  });
  await fc.assert(property, { numRuns: 200 });
});

describe('retry > deadline', () => {
  test('each attempt gets a deadline of its own, and a pause between', async () => {
    const { clock, policy } = rigOf();
    const seen: (number | undefined)[] = [];
    const stack = pipeline(retry({ clock, backoff: fixed }), policy);
    const result = stack.attempt((context) => {
      seen.push(context.deadline);
      return context.attempt < 3 ? hang() : 'answer';
    });
    await clock.advanceAsync(1_000);
    expect(await result).toEqual({ ok: true, value: 'answer' });
    expect(seen).toEqual([300, 700, 1_100]);
  });

  test('the caller’s own bounds them all', async () => {
    const { clock, policy } = rigOf();
    const seen: (number | undefined)[] = [];
    const stack = pipeline(retry({ clock, backoff: fixed }), policy);
    const result = stack.attempt(
      (context) => {
        seen.push(context.deadline);
        return hang();
      },
      { deadline: 550 },
    );
    await clock.advanceAsync(1_000);
    expect(await result).toMatchObject({
      rejection: { code: 'HF_DEADLINE_EXCEEDED', afterMs: 150 },
    });
    expect(seen).toEqual([300, 550]);
  });
});

describe('deadline > retry > timeout', () => {
  test('of calls that run on, the deadline counts those that still do when it passes', async () => {
    const { clock, policy } = rigOf({ deadlineMs: 450 });
    const attempts = timeout({ timeoutMs: 100, clock });
    const stack = pipeline(policy, retry({ clock, backoff: fixed, attempts: 5 }), attempts);
    // The first ends before the deadline, the second after it; the third is ended by it.
    const takes = [150, 400, 500];
    const result = stack.attempt(({ attempt }) => after(clock, takes[attempt - 1] ?? 0));
    await clock.advanceAsync(440);
    expect(attempts.snapshot()).toMatchObject({ timeouts: 2, lateInFlight: 1, lateSuccesses: 1 });
    await clock.advanceAsync(10);
    expect(await result).toMatchObject({ rejection: { code: 'HF_DEADLINE_EXCEEDED' } });
    expect(policy.snapshot()).toMatchObject({ timeouts: 1, lateInFlight: 2, lateSuccesses: 0 });
    await clock.advanceAsync(10_000);
    expect(policy.snapshot()).toMatchObject({ lateInFlight: 0, lateSuccesses: 2 });
    expect(attempts.snapshot()).toMatchObject({ lateInFlight: 0, lateSuccesses: 2 });
  });
});
