import { seededRandom, virtualClock } from '@holdfast/core/testing';
import fc from 'fast-check';
import type { Dispatcher } from 'undici';
import { expect, it } from 'vitest';
import { standard, type StandardOptions } from '../../src/index.ts';
import { Caller, callerScript, type CallerScript } from './caller.ts';
import { script, scriptedDispatch, type Script } from './scripted-dispatch.ts';

const RUNS = Number(process.env['HOLDFAST_RUNS'] ?? 1_000);
const ORIGIN = 'http://origin.example';

interface World {
  readonly scripts: readonly Script[];
  readonly callers: readonly CallerScript[];
  readonly options: StandardOptions;
  readonly seed: number;
}

const options: fc.Arbitrary<StandardOptions> = fc.record({
  retry: fc.constantFrom(
    false as const,
    { attempts: 3, backoff: { baseMs: 0 } },
    { attempts: 3, backoff: { baseMs: 20, jitter: 'none' as const }, budget: false as const },
  ),
  breaker: fc.constantFrom({}, false as const, { halfOpen: { probes: 1 }, open: { baseMs: 10 } }),
  rateLimit: fc.constantFrom(false as const, { rate: 100, burst: 2, maxWaitMs: 50 }),
  bulkhead: fc.constantFrom(
    { concurrency: 1, queue: 2, maxWaitMs: 30 },
    { concurrency: 1_000 },
    false as const,
  ),
  timeout: fc.constantFrom({ timeoutMs: 50 }, false as const, {
    timeoutMs: 50,
    until: 'end' as const,
  }),
  deadline: fc.constantFrom(
    { deadlineMs: 400 },
    { deadlineMs: 400, header: 'grpc-timeout' as const },
  ),
});

const world: fc.Arbitrary<World> = fc.record({
  scripts: fc.array(script, { minLength: 1, maxLength: 8, size: 'max' }),
  callers: fc.array(callerScript, { minLength: 1, maxLength: 6, size: 'max' }),
  options,
  seed: fc.integer(),
});

/** Runs all callers through the policies to the end of everything. */
const live = async ({ scripts, callers, options: chosen, seed }: World) => {
  const clock = virtualClock();
  const { dispatch, sent, forgotten } = scriptedDispatch(clock, scripts);
  const set = standard({ ...chosen, clock, random: seededRandom(seed) });
  let guarded: Dispatcher['dispatch'] = dispatch;
  for (const intercept of set) guarded = intercept(guarded);
  const handlers = callers.map((given) => new Caller(clock, given));
  for (const [index, given] of callers.entries()) {
    clock.setTimer(() => {
      const handler = handlers[index];
      if (handler === undefined) return;
      try {
        guarded({ origin: ORIGIN, path: '/', method: 'GET' }, handler);
      } catch (error) {
        handler.onResponseError(undefined as never, error as Error);
      }
    }, given.beginMs);
  }
  for (let step = 0; step < 40; step++) await clock.advanceAsync(50);
  return { clock, set, handlers, sent: sent(), forgotten: forgotten() };
};

it('every caller hears one ending and nothing after it, and nothing is left behind', async () => {
  await fc.assert(
    fc.asyncProperty(world, async (given) => {
      const { set, handlers, sent, forgotten, clock } = await live(given);
      for (const { heard, endings } of handlers) {
        expect(endings).toBe(1);
        expect(['end', 'error', 'upgrade']).toContain(heard.at(-1));
        // Once the caller has a response no further attempt is made.
        expect(heard.filter((event) => event === 'headers').length).toBeLessThanOrEqual(1);
      }
      const { breaker, bulkhead, rateLimit } = set.policies;
      expect(breaker?.get(ORIGIN).inFlight ?? 0).toBe(0);
      expect(bulkhead?.get(ORIGIN).snapshot().inFlight ?? 0).toBe(0);
      expect(bulkhead?.get(ORIGIN).snapshot().waiting ?? 0).toBe(0);
      expect(rateLimit?.snapshot().waiting ?? 0).toBe(0);
      expect(forgotten).toBe(0);
      expect(sent).toBeLessThanOrEqual(handlers.length * 3);
      expect(clock.pendingTimers).toBeLessThanOrEqual(1);
    }),
    { numRuns: RUNS },
  );
});
