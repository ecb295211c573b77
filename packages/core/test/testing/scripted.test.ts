import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { circuitBreaker, pipeline, retry, timeout, type CallContext } from '../../src/index.ts';
import {
  answers,
  fails,
  hangs,
  scripted,
  succeeds,
  virtualClock,
  type ScriptedCall,
  type Step,
} from '../../src/testing/index.ts';
import { listenersOn } from '../support/calls.ts';
import { RecordingClock } from '../support/recording-clock.ts';
import { scriptOf, stepsOf, treeOf } from './model/script-model.ts';

/** One call: how long after the last one, and when its caller gives up (0: before it, -1: never). */
interface Visit {
  readonly gapMs: number;
  readonly abortAfterMs: number;
}

/** Aborts lie between whole milliseconds, timers on them: nothing happens at once. */
const visits: fc.Arbitrary<Visit[]> = fc.array(
  fc.record({
    gapMs: fc.nat(50),
    abortAfterMs: fc.oneof(
      fc.constant(-1),
      fc.constant(0),
      fc.nat(60).map((ms) => ms + 0.5),
    ),
  }),
  { minLength: 1, maxLength: 12 },
);

interface Expected extends Omit<ScriptedCall, 'aborted' | 'endMs' | 'outcome'> {
  readonly step: Step<number>;
  readonly endMs: number;
  readonly abortMs: number;
  readonly stopped: boolean;
}

/** What is to come of each call, by arithmetic. */
const expectedOf = (steps: readonly Step<number>[], plan: readonly Visit[]): Expected[] => {
  let now = 0;
  return plan.map(({ gapMs, abortAfterMs }, index) => {
    now += gapMs;
    const step = steps[Math.min(index, steps.length - 1)]!;
    const own = step.ending.kind === 'hangs' ? Infinity : now + step.afterMs;
    const abortMs = abortAfterMs < 0 ? Infinity : now + abortAfterMs;
    const stopped = step.abortable && (abortMs < own || abortAfterMs === 0);
    const endMs = stopped ? abortMs : own;
    return {
      number: index + 1,
      attempt: 1,
      key: undefined,
      startMs: now,
      step,
      endMs,
      abortMs,
      stopped,
    };
  });
};

const viewAt = (now: number, call: Expected): ScriptedCall => {
  const { number, attempt, key, startMs, endMs, abortMs, stopped, step } = call;
  const ended = endMs <= now;
  const success = step.ending.kind === 'succeeds' && !stopped;
  return {
    number,
    attempt,
    key,
    startMs,
    endMs: ended ? endMs : undefined,
    outcome: ended ? (success ? 'succeeded' : 'failed') : 'pending',
    aborted: abortMs <= Math.min(now, endMs),
  };
};

const contextWith = (signal: AbortSignal): CallContext => ({
  signal,
  attempt: 1,
  deadline: undefined,
  key: undefined,
  priority: 0,
  remainingMs: () => Infinity,
});

/** What a promise has come to, if it has. */
const watch = (promise: Promise<unknown>): { end?: unknown } => {
  const watched: { end?: unknown } = {};
  promise.then(
    (value) => (watched.end = value),
    (error: unknown) => (watched.end = error),
  );
  return watched;
};

const endAt = (now: number, { endMs, stopped, step, number }: Expected, gone: Error): unknown => {
  if (endMs > now) return undefined;
  if (stopped) return gone;
  if (step.ending.kind === 'succeeds') return step.ending.value;
  return new Error(`call ${number} failed, as scripted`);
};

test('calls end as a list says, when it says, and are recorded as they do', async () => {
  await fc.assert(
    fc.asyncProperty(treeOf({ min: 1 }), visits, fc.nat(60), async (tree, plan, tailMs) => {
      const clock = new RecordingClock();
      const dependency = scripted(scriptOf(tree), { clock });
      const expected = expectedOf(stepsOf(tree), plan);
      const gone = new Error('gone');
      const controllers: AbortController[] = [];
      const watched: { end?: unknown }[] = [];
      const moments = expected.flatMap((call) => [
        { at: call.startMs, call },
        { at: call.abortMs, call: undefined, index: call.number - 1 },
      ]);
      const end = expected.at(-1)!.startMs + tailMs;
      const due = moments.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      for (const [step, { at, call, index }] of due.entries()) {
        await clock.advanceAsync(at - clock.now());
        if (call === undefined) controllers[index]!.abort(gone);
        else {
          const controller = new AbortController();
          if (call.abortMs === call.startMs) controller.abort(gone);
          controllers.push(controller);
          watched.push(watch(dependency(contextWith(controller.signal))));
        }
        // Two may give up in the same moment: the sum holds when all of it has happened.
        if (due[step + 1]?.at === at) continue;
        const begun = expected.slice(0, watched.length);
        expect(dependency.inFlight).toBe(begun.filter(({ endMs }) => endMs > at).length);
      }
      await clock.advanceAsync(end - clock.now());

      expect(dependency.calls).toEqual(expected.map((call) => viewAt(end, call)));
      expect(watched.map((each) => each.end)).toEqual(
        expected.map((call) => endAt(end, call, gone)),
      );
      const pending = expected.filter(({ endMs }) => endMs > end);
      const delayed = pending.filter(({ step }) => step.ending.kind !== 'hangs');
      expect(clock.pendingTimers).toBe(delayed.length);
      expect(controllers.map(({ signal }) => listenersOn(signal))).toEqual(
        expected.map(({ endMs, step }) => (endMs > end && step.abortable ? 1 : 0)),
      );
    }),
  );
});

describe('a scripted dependency', () => {
  test('repeats its last step when the script is over', async () => {
    const dependency = scripted(fails(1).then(succeeds('paid')));
    await expect(dependency()).rejects.toThrow('call 1 failed, as scripted');
    expect(await dependency()).toBe('paid');
    expect(await dependency()).toBe('paid');
  });

  test('fails for good where the script is a failure alone', async () => {
    const dependency = scripted(fails());
    for (const number of [1, 2, 3])
      await expect(dependency()).rejects.toThrow(`call ${number} failed`);
  });

  test('begins an endless script again and again', async () => {
    const dependency = scripted(answers('a', 'b').forever());
    const seen = [];
    for (let call = 0; call < 5; call++) seen.push(await dependency());
    expect(seen.join('')).toBe('ababa');
  });

  test('rejects with the error it was given, the same each time', async () => {
    const error = { status: 503 };
    const dependency = scripted(fails(2, error));
    await expect(dependency()).rejects.toBe(error);
    await expect(dependency()).rejects.toBe(error);
  });

  test('follows a script of its own, though two share one', async () => {
    const script = answers('first', 'second');
    const one = scripted(script);
    expect(await one()).toBe('first');
    expect(await scripted(script)()).toBe('first');
    expect(await one()).toBe('second');
  });

  test('sees the attempt and the key of each call', async () => {
    const clock = virtualClock();
    const backoff = { baseMs: 100, jitter: 'none' } as const;
    const dependency = scripted(fails().then(succeeds('paid')), { clock });
    const paid = retry({ clock, backoff }).execute(dependency, { key: 'tenant' });
    expect(await clock.runUntilSettled(paid)).toBe('paid');
    const seen = dependency.calls.map(({ attempt, key, startMs }) => [attempt, key, startMs]);
    expect(seen).toEqual([
      [1, 'tenant', 0],
      [2, 'tenant', 100],
    ]);
  });

  test('timeout: a hang that ignores its signal stays in flight, one that heeds it does not', async () => {
    const clock = virtualClock();
    const dependency = scripted(hangs().then(hangs().abortable()), { clock });
    const patience = timeout({ timeoutMs: 100, clock });
    for (const inFlight of [1, 1]) {
      const result = await clock.runUntilSettled(patience.attempt(dependency));
      expect(result).toMatchObject({ rejection: { code: 'HF_TIMEOUT' } });
      expect(dependency.inFlight).toBe(inFlight);
    }
    expect(dependency.calls).toMatchObject([
      { outcome: 'pending', endMs: undefined, aborted: true },
      { outcome: 'failed', endMs: 200, aborted: true },
    ]);
  });

  test('a signal that aborts after the end of a call is not told', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const dependency = scripted(succeeds());
    await circuitBreaker({ name: 'payments' }).execute(dependency, { signal });
    controller.abort();
    expect(dependency.calls).toMatchObject([{ aborted: false }]);
  });

  test('leaves nothing on the caller’s signal, though a call hangs', async () => {
    const clock = virtualClock();
    const { signal } = new AbortController();
    const dependency = scripted(hangs(), { clock });
    const stack = pipeline(retry({ clock }), timeout({ timeoutMs: 10, clock }));
    await clock.runUntilSettled(stack.attempt(dependency, { signal }));
    expect(dependency.inFlight).toBe(3);
    expect(dependency.calls.every(({ aborted }) => aborted)).toBe(true);
    expect(listenersOn(signal)).toBe(0);
  });

  test('a hang sets no timer, however late it is told to hang', () => {
    const clock = new RecordingClock();
    void scripted(hangs().after(50), { clock })();
    expect(clock.timersMade).toBe(0);
  });

  test('keeps the time of the system by default', async () => {
    const before = performance.now();
    const dependency = scripted(succeeds('late').after(1));
    expect(await dependency()).toBe('late');
    const [call] = dependency.calls;
    expect(call?.startMs).toBeGreaterThanOrEqual(before);
    expect(call?.endMs).toBeGreaterThan(call!.startMs);
  });

  test('shows calls as they were when it was asked', async () => {
    const clock = virtualClock();
    const dependency = scripted(succeeds().after(10), { clock });
    const done = dependency();
    const { calls } = dependency;
    await clock.runUntilSettled(done);
    expect(calls).toMatchObject([{ outcome: 'pending' }]);
    expect(dependency.calls).toMatchObject([{ outcome: 'succeeded', startMs: 0, endMs: 10 }]);
  });
});
