import fc from 'fast-check';
import { expect, test } from 'vitest';
import { guarded, isStoreError, key, type GuardedStore } from '../../../src/stateless/index.ts';
import { listenersOn } from '../../support/calls.ts';
import { RecordingClock } from '../../support/recording-clock.ts';
import { failure, ScriptedStore } from './scripted-store.ts';

const FATES = ['answered', 'refused', 'stale', 'unknown', 'not-sent', 'socket'] as const;
type Fate = (typeof FATES)[number];

type Step =
  | { readonly do: 'begin'; readonly deadlineMs: number }
  | { readonly do: 'abort'; readonly which: number }
  | { readonly do: 'end'; readonly which: number; readonly fate: Fate }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'freeze' | 'thaw' };

const which = fc.nat(1_000);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('begin'),
      deadlineMs: fc.integer({ min: 1, max: 100 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('abort'), which }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('end'), which, fate: fc.constantFrom(...FATES) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('pass'), ms: fc.integer({ min: 0, max: 80 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('freeze', 'thaw') }) },
);

/** One operation as its caller sees it, and as the description says that it ends. */
interface Told {
  readonly name: string;
  readonly endsAt: number;
  readonly controller: AbortController;
  /** What the caller was told, and when. */
  how: unknown;
  at: number;
  /** What the description says, once it is certain. */
  expected: unknown;
}

const errorOf = (fate: Fate): unknown => {
  if (fate === 'answered') return undefined;
  return fate === 'socket' ? new Error('socket') : failure(fate);
};

class Run {
  readonly clock = new RecordingClock();
  readonly store = new ScriptedStore(this.clock);
  readonly guard: GuardedStore;
  readonly told: Told[] = [];
  /** What was not as told. */
  readonly faults: string[] = [];
  readonly maxPending: number;

  constructor(maxPending: number, maxWaiting: number) {
    this.maxPending = maxPending;
    this.guard = guarded(this.store, {
      clock: this.clock,
      maxPending,
      maxWaiting,
      random: () => 0.3,
    });
    this.store.frozen = true;
  }

  async take(each: Step): Promise<void> {
    switch (each.do) {
      case 'begin':
        this.#begin(each.deadlineMs);
        break;
      case 'abort':
        this.#abort(each.which);
        break;
      case 'end':
        this.#end(each.which, each.fate);
        break;
      case 'pass':
        await this.pass(each.ms);
        break;
      case 'freeze':
        this.store.frozen = true;
        break;
      case 'thaw':
        this.store.frozen = false;
        break;
    }
    await this.clock.advanceAsync(0);
    this.check();
  }

  /** Time passes one millisecond after the other, so that each end is seen at its own. */
  async pass(ms: number): Promise<void> {
    for (let i = 0; i < ms; i++) {
      await this.clock.advanceAsync(1);
      const now = this.clock.now();
      for (const one of this.told) {
        if (one.endsAt === now) one.expected ??= this.#arrived(one) ? 'unknown' : 'not-sent';
      }
      this.check();
    }
  }

  check(): void {
    const { pending } = this.store;
    if (pending > this.maxPending) this.faults.push(`${pending} under way`);
    if (this.guard.health().pending !== pending) this.faults.push('pending is told wrong');
    for (const one of this.told) {
      if (this.#ended(one)) one.expected ??= 'answered';
      // What never arrived may be turned away at any time; then nobody is told that it may have been done.
      const turnedAway = one.how === 'not-sent' && !this.#arrived(one) && one.at <= one.endsAt;
      if (one.how === one.expected || turnedAway) continue;
      this.faults.push(`${one.name} is ${String(one.how)}, not ${String(one.expected)}`);
    }
  }

  #begin(deadlineMs: number): void {
    const name = String(this.told.length);
    const controller = new AbortController();
    const endsAt = this.clock.now() + deadlineMs;
    const one: Told = { name, endsAt, controller, how: undefined, at: NaN, expected: undefined };
    this.told.push(one);
    const note = (how: unknown): void => {
      one.how = how;
      one.at = this.clock.now();
    };
    this.guard.read(key('record', 'default', name), { deadlineMs, signal: controller.signal }).then(
      () => note('answered'),
      (error: unknown) => note(isStoreError(error) ? error.failure : error),
    );
  }

  #abort(at: number): void {
    const one = this.told[at % this.told.length];
    if (one === undefined) return;
    const reason = new Error('gone');
    if (one.how === undefined) one.expected ??= reason;
    one.controller.abort(reason);
  }

  #end(at: number, fate: Fate): void {
    const hanging = this.store.arrivals.filter(({ ended }) => !ended);
    const arrival = hanging[at % hanging.length];
    if (arrival === undefined) return;
    this.store.end(arrival, errorOf(fate));
    const one = this.told.find(({ name }) => arrival.key === `record:default:${name}`);
    if (one !== undefined) one.expected ??= fate === 'socket' ? 'unknown' : fate;
  }

  #arrived({ name }: Told): boolean {
    return this.store.arrivals.some((arrival) => arrival.key === `record:default:${name}`);
  }

  /** Answered at once, as it came while nothing was frozen. */
  #ended({ name }: Told): boolean {
    return this.store.arrivals.some(
      (arrival) => arrival.key === `record:default:${name}` && arrival.ended,
    );
  }
}

test('every operation ends as told: by the store, by its signal or on the millisecond of its deadline; nothing is left', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 60 }),
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 0, max: 5 }),
      async (steps, maxPending, maxWaiting) => {
        const run = new Run(maxPending, maxWaiting);
        for (const each of steps) await run.take(each);
        const ended = run.guard[Symbol.asyncDispose]();
        await run.pass(101);
        await ended;
        expect(run.faults).toEqual([]);
        expect(run.told.every(({ how }) => how !== undefined)).toBe(true);
        expect(run.told.every(({ controller }) => listenersOn(controller.signal) === 0)).toBe(true);
        expect(run.clock.pendingTimers).toBe(0);
        run.store.thaw(new Error('too late'));
        await run.clock.advanceAsync(0);
        expect(run.guard.health().pending).toBe(0);
      },
    ),
    { numRuns: 150 },
  );
});
