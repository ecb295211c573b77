import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { plans } from './random/arbitraries.ts';
import { pointsReached, World } from './random/world.ts';

/** Worlds of a stack or two, each with a few calls. */
const WORLDS = Number(process.env['HOLDFAST_RUNS'] ?? 4_000);

test(
  'whatever the stack, every call comes to its own end, every policy counts right, and nothing is left',
  { timeout: 60_000 + WORLDS * 50 },
  async () => {
    // Leases run out here and orders are odd, and each would be told once.
    vi.spyOn(process, 'emitWarning').mockReturnValue();
    const unhandled: unknown[] = [];
    const onUnhandled = (error: unknown): void => void unhandled.push(error);
    process.on('unhandledRejection', onUnhandled);
    const property = fc.asyncProperty(plans, async (plan) => {
      const world = new World(plan);
      for (const step of plan.steps) await world.take(step);
      await world.end();
      expect(unhandled).toEqual([]);
    });
    await fc.assert(property, { numRuns: WORLDS });
    process.off('unhandledRejection', onUnhandled);
    if (WORLDS < 2_000) return;
    // A generator that no longer gets there would show nothing.
    expect([...pointsReached.keys()]).toEqual(
      expect.arrayContaining([
        'before the call',
        'on the way in',
        'waiting in a breaker',
        'waiting in a rate limit',
        'waiting in a bulkhead',
        'in the call',
        'in the own',
        'in the fallback',
        'asleep or settling',
        'after the end',
      ]),
    );
  },
);
