import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import {
  consecutive,
  fallback,
  pipeline,
  type Bulkhead,
  type Call,
  type CallContext,
  type CircuitBreaker,
  type Executable,
  type RunOptions,
} from '../../src/index.ts';
import { untilAborted, userPolicy } from '../support/calls.ts';
import { gone, Kit } from './kit.ts';

/** Stacks for each of which three ways of joining are compared. */
const STACKS = Number(process.env['HOLDFAST_RUNS'] ?? 400);

const OUTER = ['retry', 'breaker', 'bulkhead', 'fallback', 'broken fallback', 'own'] as const;
// By hand nobody outside hears that a call was not sent, or runs on: these stand where that is all the same.
const INNER = [[], ['rate limit'], ['timeout'], ['rate limit', 'timeout']] as const;
const DEEDS = [
  'answers',
  'rejects',
  'throws',
  'answers later',
  'rejects later',
  'hangs',
  'heeds',
] as const;

type Kind = (typeof OUTER)[number] | 'rate limit' | 'timeout';

interface CallPlan {
  readonly deeds: readonly (typeof DEEDS)[number][];
  readonly abortAfterMs: number | undefined;
  readonly before: 'nothing' | 'isolate' | 'release' | 'take a slot' | 'free the slot';
  readonly pauseMs: number;
}

interface Plan {
  readonly outer: readonly Kind[];
  readonly inner: readonly Kind[];
  readonly calls: readonly CallPlan[];
}

const outers = fc.array(fc.constantFrom(...OUTER), { minLength: 1, maxLength: 5, size: 'max' });

const plans: fc.Arbitrary<Plan> = fc.record({
  // Our user's own policy alone does not look at the signal.
  outer: outers.filter((kinds) => kinds.some((kind) => kind !== 'own')),
  inner: fc.constantFrom(...INNER),
  calls: fc.array(
    fc.record({
      deeds: fc.array(fc.constantFrom(...DEEDS), { minLength: 1, maxLength: 5 }),
      abortAfterMs: fc.constantFrom(undefined, undefined, -1, 0, 30, 70, 130, 250),
      before: fc.constantFrom(
        'nothing',
        'nothing',
        'isolate',
        'release',
        'take a slot',
        'free the slot',
      ),
      pauseMs: fc.constantFrom(0, 50, 1_000),
    }),
    { minLength: 1, maxLength: 8, size: 'max' },
  ),
});

/** The policies of a plan, on a clock of their own. */
class Bench {
  readonly kit: Kit = new Kit();
  readonly policies: readonly Executable<unknown>[];
  readonly #breakers: CircuitBreaker[] = [];
  readonly #bulkheads: Bulkhead[] = [];
  readonly #held: { release(): void }[] = [];
  readonly #isolations: Disposable[] = [];

  constructor({ outer, inner }: Plan) {
    this.policies = [...outer, ...inner].map((kind) => this.#policyOf(kind));
  }

  before(what: CallPlan['before']): void {
    if (what === 'isolate') {
      for (const breaker of this.#breakers) this.#isolations.push(breaker.isolate('drill'));
    } else if (what === 'release') {
      for (const isolation of this.#isolations.splice(0)) isolation[Symbol.dispose]();
    } else if (what === 'take a slot') {
      for (const bulkhead of this.#bulkheads) {
        const slot = bulkhead.tryAcquire();
        if (slot.admitted) this.#held.push(slot);
      }
    } else if (what === 'free the slot') for (const slot of this.#held.splice(0)) slot.release();
  }

  #policyOf(kind: Kind): Executable<unknown> {
    const { kit } = this;
    switch (kind) {
      case 'retry':
        return kit.retry();
      case 'breaker': {
        const breaker = kit.breaker({ trip: consecutive(3), halfOpen: { probes: 1 } });
        this.#breakers.push(breaker);
        return breaker;
      }
      case 'bulkhead': {
        const bulkhead = kit.bulkhead({ concurrency: 2 });
        this.#bulkheads.push(bulkhead);
        return bulkhead;
      }
      case 'fallback':
        return fallback({ value: 'instead' });
      case 'broken fallback':
        return fallback({ to: () => Promise.reject(new Error('no fallback')) });
      case 'own':
        return userPolicy();
      case 'rate limit':
        return kit.rateLimit({ rate: 10, burst: 5 });
      case 'timeout':
        return kit.timeout(100);
    }
  }
}

type Join = (policies: readonly Executable<unknown>[]) => Executable<unknown>;

/** Nothing but `execute` is seen of it. */
const hidden = (
  { name, execute }: Executable<unknown>,
  self: Executable<unknown>,
): Executable<unknown> => ({
  name,
  execute: (call, options) =>
    execute.call(self, call, options) as Promise<Awaited<ReturnType<typeof call>>>,
});

const passedOn = ({ signal, deadline, key, priority }: CallContext): RunOptions => ({
  signal,
  deadline,
  key,
  priority,
});

const joins: Readonly<Record<string, Join>> = {
  'as a pipeline': (policies) => pipeline(...policies),
  'as a pipeline of policies that only have execute': (policies) =>
    pipeline(...policies.map((policy) => hidden(policy, policy))),
  'by hand, one inside the other': ([outermost, ...inside]) => ({
    name: 'by hand',
    execute: (call, options) => {
      const whole = inside.reduceRight<Call<unknown>>(
        (inner, policy) => (context) => policy.execute(inner, passedOn(context)),
        call,
      );
      return outermost?.execute(whole, options) as Promise<Awaited<ReturnType<typeof call>>>;
    },
  }),
};

const callOf = ({ deeds }: CallPlan, { clock }: Kit): Call<unknown> => {
  let made = 0;
  return (context) => {
    const number = made++;
    const deed = deeds[Math.min(number, deeds.length - 1)];
    const boom = new Error(`boom ${number}`);
    if (deed === 'answers') return `answer ${number}`;
    if (deed === 'throws') throw boom;
    if (deed === 'rejects') return Promise.reject(boom);
    if (deed === 'hangs') return later(clock, 5_000);
    if (deed === 'heeds') return Promise.race([untilAborted(context), later(clock, 5_000)]);
    return later(clock, 50).then(() => {
      if (deed === 'rejects later') throw boom;
      return `answer ${number}`;
    });
  };
};

const later = (clock: Kit['clock'], ms: number): Promise<string> =>
  new Promise((resolve) => {
    clock.setTimer(() => resolve('at last'), ms);
  });

/** All that can be seen of a plan that is carried out one call after the other. */
const history = async (plan: Plan, join: Join): Promise<unknown> => {
  const bench = new Bench(plan);
  const { kit, policies } = bench;
  const stack = join(policies);
  const seen: unknown[] = [];
  for (const step of plan.calls) {
    bench.before(step.before);
    await kit.clock.advanceAsync(step.pauseMs);
    const signal = step.abortAfterMs === -1 ? AbortSignal.abort(gone) : undefined;
    const begun = kit.begin(stack, callOf(step, kit), signal === undefined ? {} : { signal });
    await kit.clock.advanceAsync(Math.max(0, step.abortAfterMs ?? 0));
    if (step.abortAfterMs !== undefined) begun.caller.abort(gone);
    await kit.clock.advanceAsync(20_000);
    const { startedAt, settledAt } = begun;
    seen.push({ result: await begun.result, startedAt, settledAt });
  }
  await kit.clock.advanceAsync(20_000);
  const snapshots = policies.map((policy) =>
    'snapshot' in policy && typeof policy.snapshot === 'function' ? policy.snapshot() : policy.name,
  );
  return { seen, snapshots };
};

test(
  'the same policies do the same as a pipeline, as a user’s own policies and by hand',
  { timeout: 60_000 + STACKS * 50 },
  async () => {
    vi.spyOn(process, 'emitWarning').mockReturnValue();
    const property = fc.asyncProperty(plans, async (plan) => {
      const histories: unknown[] = [];
      for (const join of Object.values(joins)) histories.push(await history(plan, join));
      expect(histories[1]).toEqual(histories[0]);
      expect(histories[2]).toEqual(histories[0]);
    });
    await fc.assert(property, { numRuns: STACKS });
  },
);
