import fc from 'fast-check';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { circuitBreaker, consecutive } from '../../src/index.ts';
import type { CircuitBreaker, Permit, Refusal } from '../../src/index.ts';
import { virtualClock } from '../../src/testing/virtual-clock.ts';
import { settings } from './model/arbitraries.ts';
import { permitSteps } from './model/commands.ts';
import { reactions } from './model/reactions.ts';
import { reach } from './model/run-model.ts';
import type { Rig } from './model/rig.ts';
import type { Settings } from './model/settings.ts';
import type { Step } from './model/steps.ts';

beforeAll(() => void vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined));

const steps = fc.array(permitSteps.controlled, { maxLength: 80, size: 'max' });

/** The state that some steps lead to, with no isolation left and calls admitted by the machine. */
const anywhere = (options: Settings, path: readonly Step[]): Rig => {
  const rig = reach(
    options,
    path.filter(({ name }) => name !== 'dispose()'),
  );
  for (const isolation of rig.isolations) isolation[Symbol.dispose]();
  return rig;
};

/** The longest lease, break and ramp that options and updates of these runs may set. */
const LONGEST = { leaseMs: 250, breakMs: 640 * 1.5, rampMs: 200 };

/** How long the circuit may stay away from CLOSED when every call succeeds. */
const bound = ({ breaker }: Rig): number => {
  const left = breaker.snapshot().retryAfterMs ?? 0;
  // A probe that hangs reopens once more; the last millisecond is the one in which it closes.
  return left + LONGEST.leaseMs + LONGEST.breakMs + LONGEST.rampMs + 1;
};

/** Calls whenever it may and succeeds each time; says how long it took to close. */
const timeToClose = (rig: Rig, withinMs: number): number => {
  let passed = 0;
  while (rig.breaker.state !== 'CLOSED' && passed <= withinMs) {
    const answer = rig.breaker.tryAcquire();
    if (answer.admitted) answer.success();
    if (!answer.admitted || !answer.probe) {
      rig.clock.advance(1);
      passed++;
    }
  }
  return passed;
};

describe('no state is absorbing', { timeout: 60_000 }, () => {
  test('successes close the circuit in bounded time, though earlier calls never settle', () => {
    let fromElsewhere = 0;
    const property = fc.property(settings(false), steps, (options, path) => {
      const rig = anywhere(options, path);
      if (rig.breaker.mode !== 'automatic') return;
      if (rig.breaker.state !== 'CLOSED') fromElsewhere++;
      const within = bound(rig);
      expect(timeToClose(rig, within)).toBeLessThanOrEqual(within);
      expect(rig.breaker.state).toBe('CLOSED');
    });
    fc.assert(property, { numRuns: 1_200 });
    expect(fromElsewhere).toBeGreaterThan(40);
  });

  test('the first acquire at the end of a break is a probe, and none is admitted before', () => {
    let opened = 0;
    const property = fc.property(settings(false), steps, (options, path) => {
      const rig = anywhere(
        { ...options, eager: false },
        path.filter(({ name }) => !name.startsWith('update')),
      );
      const { breaker, clock } = rig;
      const { retryAfterMs = 0 } = breaker.snapshot();
      if (breaker.mode !== 'automatic' || breaker.state !== 'OPEN' || retryAfterMs < 2) return;
      opened++;
      clock.advance(retryAfterMs - 1);
      expect(breaker.tryAcquire()).toMatchObject({
        admitted: false,
        code: 'HF_CIRCUIT_OPEN',
        retryAfterMs: 1,
      });
      clock.advance(1);
      expect(breaker.tryAcquire()).toMatchObject({ admitted: true, probe: true });
    });
    fc.assert(property, { numRuns: 1_200 });
    expect(opened).toBeGreaterThan(40);
  });
});

describe('who calls is answered', () => {
  test('a call settles in the same turn of the microtask queue, whatever listeners and judges throw', async () => {
    const reports: unknown[] = [];
    const thrower = (): never => {
      throw new Error('mine');
    };
    const breakers = [{ classify: thrower }, { isFailure: thrower }, {}].map((judge) =>
      circuitBreaker({
        name: 'noisy',
        trip: consecutive(1),
        open: { baseMs: 0 },
        clock: virtualClock(),
        onListenerError: (error) => void reports.push(error),
        ...judge,
      }),
    );
    const calls = fc.array(
      fc.constantFrom('value' as const, 'promise' as const, 'throw' as const, 'reject' as const),
    );
    const property = fc.asyncProperty(
      calls,
      fc.constantFrom(...breakers),
      async (kinds, breaker) => {
        const subscriptions = [
          breaker.on('outcome', thrower),
          // oxlint-disable-next-line typescript/no-misused-promises -- listeners may be asynchronous by mistake
          breaker.on('transition', () => Promise.reject(new Error('mine'))),
        ];
        for (const kind of kinds) {
          let settled: unknown = 'not yet';
          void breaker.execute(callOf(kind)).then(
            (value) => (settled = value),
            (error: unknown) => (settled = error),
          );
          await reactions();
          expect(settled).toBe(kind);
        }
        for (const subscription of subscriptions) subscription[Symbol.dispose]();
      },
    );
    await fc.assert(property, { numRuns: 50 });
    expect(reports.length).toBeGreaterThan(0);
  });
});

type CallKind = 'value' | 'promise' | 'throw' | 'reject';

const callOf = (kind: CallKind): (() => unknown) =>
  ({
    value: () => kind,
    promise: () => Promise.resolve(kind),
    throw: () => {
      throw kind;
    },
    reject: () => Promise.reject(kind),
  })[kind];

/** Half-open with all slots taken by calls that hang. */
const busy = (): {
  breaker: CircuitBreaker;
  clock: ReturnType<typeof virtualClock>;
  probe: Permit;
} => {
  const clock = virtualClock();
  const breaker = circuitBreaker({
    name: 'busy',
    halfOpen: { probes: 100, leaseMs: 10_000, overflow: { waitMs: 50, max: 20 } },
    clock,
  });
  breaker.open(0);
  const probe = breaker.tryAcquire();
  if (!probe.admitted) throw new Error('the first call after a break is a probe');
  return { breaker, clock, probe };
};

/** Millisecond by millisecond, so that each answer is seen when it is given. */
const pass = async (clock: ReturnType<typeof virtualClock>, ms: number): Promise<void> => {
  for (let passed = 0; passed < ms; passed++) {
    clock.advance(1);
    await reactions();
  }
};

const isLeave = (answer: Permit | Refusal): answer is Permit => answer.admitted;

describe('who waits is answered', () => {
  const arrivals = fc.array(fc.constantFrom(0, 1, 7, 20), { minLength: 1, maxLength: 15 });

  test('each within waitMs, or at once on an abort', async () => {
    const property = fc.asyncProperty(arrivals, fc.nat(14), async (gaps, aborted) => {
      const { breaker, clock } = busy();
      const answeredAt: number[] = [];
      const controllers = gaps.map(() => new AbortController());
      const arrivedAt: number[] = [];
      for (const [index, gap] of gaps.entries()) {
        await pass(clock, gap);
        arrivedAt.push(clock.now());
        const answered = (): void => void (answeredAt[index] = clock.now());
        breaker.acquire({ signal: controllers[index]?.signal }).then(answered, answered);
      }
      controllers[aborted % gaps.length]?.abort();
      await reactions();
      await pass(clock, 50);
      expect(breaker.snapshot().waiting).toBe(0);
      const waited = answeredAt.map((at, index) => at - (arrivedAt[index] ?? NaN));
      expect(waited).toHaveLength(gaps.length);
      for (const ms of waited) expect(ms).toBeLessThanOrEqual(50);
    });
    await fc.assert(property, { numRuns: 100 });
  });

  test('first in, first out, before newcomers, and no slot is lost', async () => {
    const endings = fc.array(fc.constantFrom('success' as const, 'ignore' as const), {
      minLength: 20,
      maxLength: 20,
    });
    const property = fc.asyncProperty(
      fc.integer({ min: 1, max: 15 }),
      endings,
      async (waiters, ends) => {
        const { breaker, probe } = busy();
        const admitted: number[] = [];
        const held: Permit[] = [probe];
        for (let index = 0; index < waiters; index++) {
          void breaker.acquire().then((answer) => {
            admitted.push(index);
            if (isLeave(answer)) held.push(answer);
            return undefined;
          });
        }
        for (const ending of ends.slice(0, waiters)) {
          expect(breaker.tryAcquire()).toMatchObject({ code: 'HF_PROBE_LIMIT' });
          held.shift()?.[ending]();
          await reactions();
        }
        held.shift()?.ignore();
        expect(admitted).toEqual(Array.from({ length: waiters }, (_, index) => index));
        expect(breaker.snapshot()).toMatchObject({
          inFlight: 0,
          waiting: 0,
          probes: { unsettled: 0 },
        });
        expect(breaker.tryAcquire().admitted).toBe(true);
      },
    );
    await fc.assert(property, { numRuns: 100 });
  });
});
