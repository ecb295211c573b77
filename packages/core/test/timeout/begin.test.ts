import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  deadline,
  timeout,
  type Expiring,
  type HoldfastError,
  type NoTimeLeft,
  type RunningLimit,
  type TimeoutEvents,
} from '../../src/index.ts';
import { bytesLeftBy } from '../support/heap.ts';
import { messagesOn } from '../support/channel-messages.ts';
import { settled } from '../support/breaker.ts';
import { RecordingClock } from '../support/recording-clock.ts';

type Made = ReturnType<typeof timeout> | ReturnType<typeof deadline>;

const KINDS = [
  {
    kind: 'timeout',
    code: 'HF_TIMEOUT',
    made: (clock: RecordingClock, stallMs = 250): Made =>
      timeout({ timeoutMs: 100, stallMs, clock }),
    slower: (policy: Made) => (policy as ReturnType<typeof timeout>).update({ timeoutMs: 500 }),
  },
  {
    kind: 'deadline',
    code: 'HF_DEADLINE_EXCEEDED',
    made: (clock: RecordingClock, stallMs = 250): Made =>
      deadline({ deadlineMs: 100, stallMs, clock }),
    slower: (policy: Made) => (policy as ReturnType<typeof deadline>).update({ deadlineMs: 500 }),
  },
] as const;

const running = (answer: RunningLimit | NoTimeLeft): RunningLimit => {
  if (answer.admitted) return answer;
  throw answer.rejection;
};

/** Work that remembers how it was ended. */
class Work implements Expiring {
  readonly ends: { readonly at: number; readonly code: string; readonly afterMs?: number }[] = [];
  readonly #clock: RecordingClock;

  constructor(clock: RecordingClock) {
    this.#clock = clock;
  }

  expire({ code, afterMs }: HoldfastError): void {
    this.ends.push({ at: this.#clock.now(), code, ...(afterMs === undefined ? {} : { afterMs }) });
  }
}

/** Pieces of work under one policy, all begun in the same way. */
abstract class Side {
  readonly clock = new RecordingClock();
  readonly policy: Made;
  /** How each ended, once it has. */
  readonly ends: (string | undefined)[] = [];
  readonly told: unknown[] = [];

  constructor(made: (clock: RecordingClock, stallMs: number) => Made, stallMs: number) {
    this.policy = made(this.clock, stallMs);
    this.policy.on('timeout', (event) => void this.told.push([this.clock.now(), event]));
  }

  abstract begin(deadlineAt: number | undefined): void;

  /** The work itself is done. */
  abstract finish(which: number): void;

  protected end(which: number, how: string): void {
    this.ends[which] ??= `${how} at ${this.clock.now()}`;
  }

  get seen(): object {
    const { timeouts } = this.policy.snapshot() as { timeouts: number };
    return { ends: this.ends, told: this.told, timeouts, holds: this.clock.holdsProcess };
  }
}

const told = ({ code, afterMs }: HoldfastError): string => `${code} ${afterMs}`;

class Calls extends Side {
  readonly #finish: (() => void)[] = [];

  override begin(deadlineAt: number | undefined): void {
    const which = this.ends.push(undefined) - 1;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#finish[which] = resolve;
    this.policy
      .execute(() => promise, { deadline: deadlineAt })
      .then(
        () => this.end(which, 'done'),
        (error: HoldfastError) => this.end(which, told(error)),
      );
  }

  override finish(which: number): void {
    this.#finish[which]?.();
  }
}

class Works extends Side {
  readonly #limits: (RunningLimit | undefined)[] = [];

  override begin(deadlineAt: number | undefined): void {
    const which = this.ends.push(undefined) - 1;
    const work = { expire: (error: HoldfastError) => this.end(which, told(error)) };
    const answer = this.policy.begin(work, deadlineAt);
    if (answer.admitted) this.#limits[which] = answer;
    else this.end(which, told(answer.rejection));
  }

  override finish(which: number): void {
    const limit = this.#limits[which];
    if (limit === undefined || this.ends[which] !== undefined) return;
    limit.stop();
    this.end(which, 'done');
  }
}

const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('begin' as const),
      deadlineMs: fc.option(fc.integer({ min: -1, max: 130 }), { nil: undefined }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('finish' as const), which: fc.nat(20) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('pass' as const),
      ms: fc.integer({ min: 1, max: 120 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('stall' as const),
      ms: fc.integer({ min: 1, max: 200 }),
      // Answers that are read when the event loop runs again, after the timers.
      answers: fc.array(fc.nat(20), { maxLength: 4 }),
    }),
  },
);

type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

const doTo = async (side: Side, what: Step): Promise<void> => {
  const { clock } = side;
  if (what.type === 'begin') {
    side.begin(what.deadlineMs === undefined ? undefined : clock.now() + what.deadlineMs);
  } else if (what.type === 'finish') side.finish(what.which);
  else if (what.type === 'pass') await clock.advanceAsync(what.ms);
  else {
    clock.stall(what.ms);
    clock.setTimer(() => what.answers.forEach((which) => side.finish(which)), 0);
    await clock.advanceAsync(0);
  }
  await settled();
};

describe.each(KINDS)('work under a $kind', ({ kind, code, made, slower }) => {
  test('ends, counts and tells as a call does', async () => {
    const inputs = [fc.constantFrom(20, 60), fc.array(step, { maxLength: 30 })] as const;
    const property = fc.asyncProperty(...inputs, async (stallMs, walk) => {
      const calls = new Calls(made, stallMs);
      const works = new Works(made, stallMs);
      for (const what of [...walk, { type: 'pass', ms: 200 } satisfies Step]) {
        await doTo(calls, what);
        await doTo(works, what);
        expect(works.seen).toEqual(calls.seen);
      }
      expect(works.clock.holdsProcess).toBe(false);
    });
    await fc.assert(property, { numRuns: 300 });
  });

  const rigOf = (stallMs?: number) => {
    const clock = new RecordingClock();
    const policy = made(clock, stallMs);
    const events: TimeoutEvents['timeout'][] = [];
    policy.on('timeout', (event) => void events.push(event));
    return { clock, policy, events, work: new Work(clock) };
  };

  test('is ended once, on the millisecond', () => {
    const { clock, policy, events, work } = rigOf();
    const limit = running(policy.begin(work));
    expect(limit.due).toBe(100);
    clock.advance(99);
    expect(work.ends).toEqual([]);
    clock.advance(1_000);
    limit.stop();
    clock.advance(1_000);
    expect(work.ends).toEqual([{ at: 100, code, afterMs: 100 }]);
    expect(events).toEqual([{ name: kind, code, afterMs: 100 }]);
    expect(policy.snapshot()).toMatchObject({ timeouts: 1, lateInFlight: 0 });
    policy[Symbol.dispose]();
    expect(clock.pendingTimers).toBe(0);
  });

  test('that was stopped is left alone, however often', () => {
    const { clock, policy, events, work } = rigOf();
    const limit = running(policy.begin(work));
    expect(clock.holdsProcess).toBe(true);
    limit.stop();
    limit.stop();
    expect(clock.holdsProcess).toBe(false);
    clock.advance(1_000);
    expect([work.ends, events]).toEqual([[], []]);
    const other = running(policy.begin(work));
    limit.stop();
    expect(clock.holdsProcess).toBe(true);
    other.stop();
    policy[Symbol.dispose]();
    expect(clock.pendingTimers).toBe(0);
  });

  test('is bound by a nearer deadline, which says so', () => {
    const { clock, policy, events, work } = rigOf();
    expect(running(policy.begin(work, 40)).due).toBe(40);
    running(policy.begin(new Work(clock), 1_000)).stop();
    clock.advance(1_000);
    expect(work.ends).toEqual([{ at: 40, code: 'HF_DEADLINE_EXCEEDED', afterMs: 40 }]);
    expect(events).toEqual([{ name: kind, code: 'HF_DEADLINE_EXCEEDED', afterMs: 40 }]);
  });

  test.each([0, -5])('does not begin when it has %i ms left', (ms) => {
    const { clock, policy, events, work } = rigOf();
    const rejection = { code: 'HF_DEADLINE_EXCEEDED', policy: kind, afterMs: 0 };
    expect(policy.begin(work, ms)).toMatchObject({ admitted: false, rejection });
    clock.advance(1_000);
    expect(work.ends).toEqual([]);
    expect(events).toHaveLength(1);
    expect(policy.snapshot()).toMatchObject({ timeouts: 1 });
    expect(clock.timersMade).toBe(0);
  });

  test('keeps the process alive until it is over, stopped or told not to', () => {
    const { clock, policy, work } = rigOf();
    const limits = [work, new Work(clock), new Work(clock)].map((each) =>
      running(policy.begin(each)),
    );
    const nearer = running(policy.begin(new Work(clock), 40));
    for (const limit of [nearer, ...limits]) {
      expect(clock.holdsProcess).toBe(true);
      limit.unref();
      limit.unref();
    }
    expect(clock.holdsProcess).toBe(false);
    limits[1]?.stop();
    limits[1]?.unref();
    clock.advance(1_000);
    expect(work.ends).toHaveLength(1);
    limits[0]?.unref();
    const last = running(policy.begin(new Work(clock)));
    expect(clock.holdsProcess).toBe(true);
    last.stop();
    last.unref();
    expect(clock.holdsProcess).toBe(false);
  });

  test('whose answer waits in the socket after a stall may still stop', async () => {
    const { clock, policy, events, work } = rigOf();
    const limit = running(policy.begin(work));
    const hung = new Work(clock);
    running(policy.begin(hung));
    clock.stall(351);
    clock.setTimer(() => limit.stop(), 0);
    await clock.advanceAsync(0);
    expect(work.ends).toEqual([]);
    expect(hung.ends).toMatchObject([{ code, afterMs: 100 }]);
    expect(events).toHaveLength(1);
  });

  test('keeps its time when the policy is given another', () => {
    const { clock, policy, work } = rigOf();
    policy.begin(work);
    slower(policy);
    const later = new Work(clock);
    policy.begin(later);
    clock.advance(1_000);
    expect(work.ends).toEqual([{ at: 100, code, afterMs: 100 }]);
    expect(later.ends).toEqual([{ at: 500, code, afterMs: 500 }]);
  });

  test('is told of after it was ended, and on the channel of limits', () => {
    const { clock, policy, work } = rigOf();
    const seen: unknown[] = [];
    policy.on('timeout', () => void seen.push(work.ends.length));
    const messages = messagesOn('holdfast:limit');
    policy.begin(work);
    clock.advance(100);
    expect(seen).toEqual([1]);
    expect(messages).toEqual([{ type: 'timeout', name: kind, code, afterMs: 100 }]);
  });

  test('costs one small object', () => {
    const { policy, work } = rigOf();
    const held: unknown[] = Array.from({ length: 20_000 }, () => undefined);
    const begin = (): void => {
      for (let index = 0; index < held.length; index++) held[index] = policy.begin(work);
    };
    begin();
    for (const limit of held) (limit as RunningLimit).stop();
    held.fill(undefined);
    // Its place in the queue is counted in.
    expect(bytesLeftBy(begin) / held.length).toBeLessThan(120);
  });
});
