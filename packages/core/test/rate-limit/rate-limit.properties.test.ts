import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RateLimitOptions } from '../../src/rate-limit/types.ts';
import { mostWithin, runsOf, worstExcess, type Taking } from './promises.ts';
import { byPriority, Rig, type Ask, type Asked } from './rig.ts';

const rates = fc.record({
  rate: fc.constantFrom(1, 3, 10, 50),
  burst: fc.integer({ min: 1, max: 8 }),
});
const quotas = fc.record({
  quota: fc.integer({ min: 1, max: 8 }),
  windowMs: fc.constantFrom(10, 100, 999, 2_000),
});
const numbers = fc.oneof(rates, quotas);
type Limits =
  | { readonly rate: number; readonly burst: number }
  | { readonly quota: number; readonly windowMs: number };
const waits = fc.record({
  maxWaitMs: fc.constantFrom(0, 50, 1_000, 5_000),
  maxWaiting: fc.constantFrom(2, 1_000),
});

const key = fc.constantFrom(undefined, 'a', 'b');
const duration = fc.oneof(fc.integer({ min: 0, max: 10 }), fc.integer({ min: 0, max: 1_500 }));
const asks = fc.record({
  key,
  units: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 9 })),
  deadlineMs: fc.option(duration, { nil: undefined, freq: 3 }),
});

type Step =
  | { readonly ask: Ask }
  | { readonly abort: number }
  | { readonly passMs: number }
  | { readonly stallMs: number }
  | { readonly reset: string | undefined }
  | { readonly update: Partial<RateLimitOptions> };

const changes: fc.Arbitrary<Partial<RateLimitOptions>> = fc.oneof(
  numbers,
  waits,
  fc.record({ maxKeys: fc.constantFrom(1, 2, 100) }),
);
const calm: fc.Arbitrary<Step>[] = [
  fc.record({ ask: asks }),
  fc.record({ ask: asks }),
  fc.record({ abort: fc.nat(9) }),
  fc.record({ passMs: duration }),
];
const wild: fc.Arbitrary<Step>[] = [
  fc.record({ stallMs: duration }),
  fc.record({ reset: key }),
  fc.record({ update: changes }),
];
const sequences = (kinds: readonly fc.Arbitrary<Step>[]): fc.Arbitrary<Step[]> =>
  fc.array(fc.oneof(...kinds), { maxLength: 50, size: 'max' });

const abort = (rig: Rig, which: number): void => {
  const waiting = rig.calls.filter(({ status }) => status === 'waiting');
  waiting[which % waiting.length]?.caller.abort(new Error('no longer wanted'));
};

const run = async (rig: Rig, step: Step): Promise<void> => {
  if ('ask' in step) rig.ask(step.ask);
  else if ('abort' in step) abort(rig, step.abort);
  else if ('passMs' in step) await rig.pass(step.passMs);
  else if ('stallMs' in step) rig.clock.stall(step.stallMs);
  else if ('reset' in step) rig.limit.reset(step.reset);
  else rig.limit.update(step.update);
  await rig.reactions();
};

/** Every call is in exactly one place. */
const conserved = (rig: Rig): void => {
  const { waiting, admitted, refused, aborted } = rig.limit.snapshot();
  expect({ waiting, admitted, refused, aborted }).toEqual({
    waiting: rig.countOf('waiting'),
    admitted: rig.countOf('admitted'),
    refused: rig.countOf('refused'),
    aborted: rig.countOf('aborted'),
  });
};

const takenFor = (rig: Rig, name: string | undefined): Taking[] =>
  rig.calls
    .filter((call) => call.status === 'admitted' && call.key === name)
    .map(({ settledAt = 0, units }) => ({ at: settledAt, units }))
    .toSorted((a, b) => a.at - b.at);

/** By how much the fullest window is above what was promised. */
const excessOf = (taken: readonly Taking[], limits: Limits): number =>
  'quota' in limits
    ? mostWithin(taken, limits.windowMs) - limits.quota
    : worstExcess(taken, limits.rate / 1_000, limits.burst);

/** Whether a call was let in before one of the same key that came earlier. */
const overtakes = (calls: readonly Asked[], call: Asked): boolean =>
  calls.some(
    (earlier) =>
      earlier.id < call.id &&
      earlier.key === call.key &&
      call.status === 'admitted' &&
      (earlier.settledAt ?? Infinity) > (call.settledAt ?? Infinity),
  );

const nothingLeft = (rig: Rig): void => {
  expect(rig.countOf('waiting')).toBe(0);
  expect(rig.listeners).toBe(0);
  expect(rig.clock.pendingTimers).toBe(0);
  conserved(rig);
};

describe('whatever the traffic', { timeout: 120_000 }, () => {
  test('no window of a key holds more than is promised, and nobody overtakes', async () => {
    await fc.assert(
      fc.asyncProperty(numbers, waits, sequences(calm), async (limits, waiting, steps) => {
        const rig = new Rig({ ...limits, ...waiting, cost: byPriority });
        for (const step of steps) {
          await run(rig, step);
          conserved(rig);
        }
        await rig.pass(5_001);
        nothingLeft(rig);
        for (const name of [undefined, 'a', 'b']) {
          expect(excessOf(takenFor(rig, name), limits)).toBeLessThan(1e-6);
        }
        expect(rig.calls.filter((call) => overtakes(rig.calls, call))).toEqual([]);
        for (const { askedAt, deadlineMs = Infinity, settledAt = Infinity } of rig.calls) {
          expect(settledAt - askedAt).toBeLessThanOrEqual(Math.min(waiting.maxWaitMs, deadlineMs));
        }
      }),
      runsOf(1_000),
    );
  });

  test('and whatever is changed meanwhile, every call has one end and nothing is left', async () => {
    await fc.assert(
      fc.asyncProperty(
        ...([numbers, waits, sequences([...calm, ...wild]), fc.boolean()] as const),
        async (limits, waiting, steps, disposed) => {
          const rig = new Rig({ ...limits, ...waiting, maxKeys: 2, cost: byPriority });
          for (const step of steps) {
            await run(rig, step);
            conserved(rig);
          }
          if (disposed) rig.limit[Symbol.dispose]();
          else await rig.pass(5_001);
          await rig.reactions();
          nothingLeft(rig);
        },
      ),
      runsOf(1_000),
    );
  });

  test('a refusal tells when to come back, and a wait is no longer than that', async () => {
    const takings = fc.array(
      fc.record({ gapMs: duration, units: fc.integer({ min: 1, max: 4 }) }),
      {
        maxLength: 20,
      },
    );
    await fc.assert(
      fc.asyncProperty(
        numbers,
        takings,
        fc.integer({ min: 1, max: 8 }),
        async (limits, all, units) => {
          const refusing = new Rig({ ...limits, cost: byPriority });
          const waiting = new Rig({ ...limits, cost: byPriority, maxWaitMs: 100_000 });
          for (const rig of [refusing, waiting]) {
            for (const taking of all) {
              await rig.pass(taking.gapMs);
              rig.limit.take({ cost: taking.units });
            }
            while (rig.limit.take({ cost: units }).admitted);
            rig.ask({ key: undefined, units });
            await rig.reactions();
          }
          const [refused] = refusing.calls;
          const retryAfterMs = refused?.retryAfterMs;
          if (refused?.status !== 'refused' || retryAfterMs === undefined) return;
          expect(retryAfterMs).toBeGreaterThan(0);
          await waiting.pass(Math.ceil(retryAfterMs));
          const [waited] = waiting.calls;
          expect(waited?.status).toBe('admitted');
          expect(waited?.settledAt).toBe(refused.askedAt + Math.ceil(retryAfterMs));
          await refusing.pass(retryAfterMs);
          expect(refusing.limit.take({ cost: units })).toMatchObject({ admitted: true });
        },
      ),
      runsOf(1_000),
    );
  });
});
