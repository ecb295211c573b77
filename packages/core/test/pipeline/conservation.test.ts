import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import {
  circuitBreaker,
  consecutive,
  fallback,
  pipeline,
  retry,
  timeout,
  type Call,
  type CallContext,
  type CircuitBreaker,
  type Executable,
  type Result,
} from '../../src/index.ts';
import { seededRandom, virtualClock, type VirtualClock } from '../../src/testing/index.ts';
import { hang, listenersOn, untilAborted, userPolicy } from '../support/calls.ts';

const KINDS = ['retry', 'breaker', 'waiting breaker', 'timeout', 'fallback', 'own'] as const;
const DEEDS = ['answer', 'throw', 'fail later', 'answer later', 'hang', 'heed'] as const;

type Kind = (typeof KINDS)[number];
type Deed = (typeof DEEDS)[number];

type Step =
  | { readonly do: 'call'; readonly deed: Deed; readonly ms: number; readonly deadlineMs: number }
  | { readonly do: 'abort'; readonly which: number; readonly late: boolean }
  | { readonly do: 'advance' | 'advance at once' | 'stall'; readonly ms: number }
  | { readonly do: 'open' | 'reset' | 'isolate' | 'release' | 'disable'; readonly which: number };

const ms = fc.constantFrom(0, 1, 10, 40, 50, 90, 100, 110, 300);
const which = fc.nat({ max: 20 });

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('call' as const),
      deed: fc.constantFrom(...DEEDS),
      ms,
      deadlineMs: fc.constantFrom(Infinity, Infinity, 0, 70, 150),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('advance' as const, 'advance at once' as const, 'stall' as const),
      ms,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('abort' as const), which, late: fc.boolean() }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('open', 'reset', 'isolate', 'release', 'disable'),
      which,
    }),
  },
);

/** A stack, calls through it, and all that may happen to them. */
class World {
  readonly clock: VirtualClock = virtualClock();
  readonly breakers: CircuitBreaker[] = [];
  readonly callers: AbortController[] = [];
  readonly results: Promise<Result<unknown>>[] = [];
  readonly #disposables: Disposable[] = [];
  readonly #isolations: Disposable[] = [];
  readonly #stack: Executable<unknown>;
  readonly #random = seededRandom(1);
  attempts = 0;

  constructor(kinds: readonly Kind[]) {
    // The innermost timeout ends even what heeds no signal.
    const policies = [...kinds, 'timeout' as const].map((kind) => this.#policyOf(kind));
    this.#stack = pipeline(...policies);
  }

  async take(step: Step): Promise<void> {
    switch (step.do) {
      case 'call':
        this.#call(step);
        return;
      case 'abort': {
        const caller = pick(this.callers, step.which);
        caller?.abort(step.late ? new DOMException('late', 'TimeoutError') : undefined);
        return;
      }
      case 'advance':
        await this.clock.advanceAsync(step.ms);
        return;
      case 'advance at once':
        this.clock.advance(step.ms);
        return;
      case 'stall':
        this.clock.stall(step.ms);
        return;
      default:
        this.#command(step);
    }
  }

  /** Lets every call come to its end. */
  async end(): Promise<void> {
    for (const isolation of this.#isolations.splice(0)) isolation[Symbol.dispose]();
    // More than once: what a stall put off begins anew when the clock has moved.
    for (let round = 0; round < 5; round++) await this.clock.advanceAsync(60_000);
  }

  dispose(): void {
    for (const each of this.#disposables) each[Symbol.dispose]();
  }

  #command({ do: command, which: index }: Extract<Step, { which: number }>): void {
    const breaker = pick(this.breakers, index);
    if (breaker === undefined) return;
    if (command === 'open') breaker.open(50);
    else if (command === 'reset') breaker.reset();
    else if (command === 'isolate') this.#isolations.push(breaker.isolate('drill'));
    else if (command === 'release') pick(this.#isolations, index)?.[Symbol.dispose]();
    else breaker.setMode(breaker.mode === 'automatic' ? 'disabled' : 'automatic');
  }

  #call({ deed, ms: tookMs, deadlineMs }: Extract<Step, { do: 'call' }>): void {
    const caller = new AbortController();
    this.callers.push(caller);
    const call: Call<unknown> = (context) => {
      this.attempts++;
      return this.#done(deed, tookMs, context);
    };
    const { signal } = caller;
    const run = this.#stack.execute(call, { signal, deadline: this.clock.now() + deadlineMs });
    this.results.push(
      run.then(
        (value): Result<unknown> => ({ ok: true, value }),
        (error: unknown): Result<unknown> => ({ ok: false, error }),
      ),
    );
  }

  #done(deed: Deed, tookMs: number, context: CallContext): unknown {
    if (deed === 'answer') return 'answer';
    if (deed === 'throw') throw new Error('at once');
    if (deed === 'hang') return hang();
    if (deed === 'heed') return untilAborted(context);
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const end = deed === 'answer later' ? resolve : reject;
    this.clock.setTimer(() => end('later'), tookMs);
    return promise;
  }

  #policyOf(kind: Kind): Executable<unknown> {
    const { clock } = this;
    switch (kind) {
      case 'retry':
        return retry({ clock, attempts: 3, random: this.#random, backoff: { baseMs: 50 } });
      case 'breaker':
        return this.#breakerWith(false);
      case 'waiting breaker':
        return this.#breakerWith({ waitMs: 120, max: 2 });
      case 'timeout':
        return this.#kept(timeout({ clock, timeoutMs: 100 }));
      case 'fallback':
        return fallback({ to: () => 'instead', when: () => this.#random() < 0.5 });
      case 'own':
        return userPolicy();
    }
  }

  #breakerWith(
    overflow: { readonly waitMs: number; readonly max: number } | false,
  ): CircuitBreaker {
    const breaker = circuitBreaker({
      name: `breaker ${this.breakers.length}`,
      clock: this.clock,
      random: this.#random,
      trip: consecutive(2),
      open: { baseMs: 40, maxMs: 40, jitter: 0 },
      halfOpen: { probes: 2, overflow },
    });
    this.breakers.push(breaker);
    return this.#kept(breaker);
  }

  #kept<T extends Disposable>(policy: T): T {
    this.#disposables.push(policy);
    return policy;
  }
}

const pick = <T>(from: readonly T[], index: number): T | undefined => from[index % from.length];

test('after all calls have settled nothing is left in flight, waiting, listening or ticking', async () => {
  const kinds = fc.array(fc.constantFrom(...KINDS), { maxLength: 6, size: 'max' });
  const steps = fc.array(anyStep, { minLength: 1, maxLength: 40, size: 'max' });
  // Leases run out here, and each breaker would say so once.
  vi.spyOn(process, 'emitWarning').mockReturnValue();
  const property = fc.asyncProperty(kinds, steps, async (stack, happenings) => {
    const world = new World(stack);
    for (const happening of happenings) await world.take(happening);
    await world.end();

    const settled = Symbol('settled');
    const all = Promise.all(world.results).then(() => settled);
    expect(await Promise.race([all, world.clock.advanceAsync(0)])).toBe(settled);
    for (const breaker of world.breakers) {
      // A probe that settled after its lease is revoked by the next acquire, not by its end.
      const answer = breaker.tryAcquire();
      if (answer.admitted) answer.ignore();
      const { inFlight, waiting, probes } = breaker.snapshot();
      expect({ inFlight, waiting, unsettled: probes?.unsettled ?? 0 }).toEqual({
        inFlight: 0,
        waiting: 0,
        unsettled: 0,
      });
    }
    for (const { signal } of world.callers) expect(listenersOn(signal)).toBe(0);
    const { attempts } = world;
    world.dispose();
    expect(world.clock.pendingTimers).toBe(0);
    await world.clock.advanceAsync(60_000);
    expect(world.attempts).toBe(attempts);
  });
  await fc.assert(property, { numRuns: 250 });
});
