import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Timeline, type Stretch } from './support/timeline.ts';

const LIMITS = { blockedAfterMs: 1_000, orphanAfterMs: 5_000 };
const EVERY_MS = 100;
/** How late a thread of a busy machine may look, in its periods. */
const gap = fc.double({ min: 0.9, max: 2.5, noNaN: true });
const gaps = fc.array(gap, { minLength: 1, maxLength: 20 });
const stretch: fc.Arbitrary<Stretch> = fc.record({
  kind: fc.constantFrom('turning', 'blocked', 'stopped'),
  forMs: fc.oneof(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 4_000 })),
});

const lived = (stretches: readonly Stretch[], lateness: readonly number[]): Timeline => {
  const timeline = new Timeline(LIMITS, { gaps: lateness });
  for (const { kind, forMs } of stretches) timeline.go(kind, forMs);
  return timeline;
};

describe('what a watchdog finds', () => {
  test('is never a block that has been shorter than the limit, however late it looks', () => {
    fc.assert(
      fc.property(fc.array(stretch, { maxLength: 12 }), gaps, (stretches, lateness) => {
        for (const { blockedMs, stops } of lived(stretches, lateness).reports) {
          // Of a stop within a block it counts three periods.
          expect(blockedMs + 3 * EVERY_MS * stops).toBeGreaterThanOrEqual(LIMITS.blockedAfterMs);
        }
      }),
    );
  });

  test('is every block that lasts, once, soon after the limit, and that it goes on', () => {
    const block = fc.integer({ min: 2_000, max: 4_000 });
    const calm = fc.integer({ min: 600, max: 1_000 });
    const cycles = fc.array(fc.tuple(calm, block), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(cycles, gaps, (pairs, lateness) => {
        const timeline = new Timeline(LIMITS, { gaps: lateness });
        for (const [calmMs, blockMs] of pairs) {
          timeline.go('turning', calmMs);
          timeline.go('blocked', blockMs);
        }
        timeline.go('turning', 600);
        expect(timeline.types).toEqual(pairs.flatMap(() => ['blocked', 'unblocked']));
        const whenReported = timeline.reports.map(({ blockedMs }) => blockedMs);
        expect(Math.max(...whenReported)).toBeLessThanOrEqual(1_000 + 600);
      }),
    );
  });

  test('is nothing while the loop turns, for however long the process is stopped in between', () => {
    const stop = fc.integer({ min: 1, max: 100_000 });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(stop, fc.integer({ min: 1, max: 300 }))),
        gaps,
        (pairs, late) => {
          const timeline = new Timeline(LIMITS, { gaps: late });
          for (const [stopMs, turnMs] of pairs) {
            timeline.go('stopped', stopMs);
            timeline.go('turning', turnMs);
          }
          expect(timeline.found).toEqual([]);
        },
      ),
    );
  });

  test('is nothing while a debugger is there', () => {
    const timeline = new Timeline(LIMITS);
    timeline.debugged = true;
    timeline.orphaned = true;
    timeline.go('turning', 500);
    timeline.go('blocked', 60_000);
    timeline.go('turning', 500);
    expect(timeline.found).toEqual([]);
  });

  test('says how long the loop stood still', () => {
    const timeline = new Timeline(LIMITS);
    timeline.go('turning', 1_000);
    timeline.go('blocked', 3_000);
    timeline.go('turning', 1_000);
    const [blocked, unblocked] = timeline.found;
    expect(blocked?.finding).toEqual({ type: 'blocked', blockedMs: 1_100 });
    // From the last beat that was seen to the first: a period more or less at either end.
    expect(unblocked?.finding).toHaveProperty('blockedMs', 3_100);
  });
});

describe('an orphan', () => {
  const orphan = (): Timeline => {
    const timeline = new Timeline({ ...LIMITS, blockedAfterMs: 60_000 });
    timeline.go('turning', 1_000);
    timeline.orphaned = true;
    return timeline;
  };

  test('is killed if it is blocked, so long after its parent is gone', () => {
    const timeline = orphan();
    timeline.go('blocked', 4_900);
    expect(timeline.found).toEqual([]);
    timeline.go('blocked', 200);
    expect(timeline.found[0]?.finding).toEqual({ type: 'abandoned', cause: 'blocked' });
  });

  test('is given the whole time though it was blocked before', () => {
    const timeline = new Timeline({ ...LIMITS, blockedAfterMs: 60_000 });
    timeline.go('turning', 1_000);
    timeline.go('blocked', 20_000);
    timeline.orphaned = true;
    timeline.go('blocked', 4_900);
    expect(timeline.found).toEqual([]);
    timeline.go('blocked', 200);
    expect(timeline.types).toContain('abandoned');
  });

  test('is left alone while its loop turns: it ends by itself', () => {
    const timeline = orphan();
    for (let cycle = 0; cycle < 10; cycle++) {
      timeline.go('blocked', 4_000);
      timeline.go('turning', 200);
    }
    expect(timeline.found).toEqual([]);
  });

  test('that drains is killed a second after its deadline, blocked or not', () => {
    for (const kind of ['turning', 'blocked'] as const) {
      const timeline = orphan();
      timeline.drain(20_000);
      timeline.go(kind, 20_900);
      expect(timeline.found).toEqual([]);
      timeline.go(kind, 300);
      expect(timeline.found[0]?.finding).toEqual({ type: 'abandoned', cause: 'drain-overdue' });
    }
  });

  test('is known to drain though it has begun to before it was watched', () => {
    const timeline = new Timeline(LIMITS, { lastDrain: { calls: 1, withinMs: 1_000 } });
    timeline.orphaned = true;
    timeline.go('turning', 1_900);
    expect(timeline.found).toEqual([]);
    timeline.go('turning', 300);
    expect(timeline.types).toContain('abandoned');
  });

  test('drains for as long as the last call says', () => {
    const timeline = orphan();
    timeline.drain(20_000);
    timeline.go('turning', 500);
    timeline.drain(1_000);
    timeline.go('turning', 1_900);
    expect(timeline.found).toEqual([]);
    timeline.go('turning', 300);
    expect(timeline.types).toContain('abandoned');
  });

  test('is not what a process is whose parent lives', () => {
    const timeline = new Timeline(LIMITS);
    timeline.drain(100);
    timeline.go('turning', 5_000);
    timeline.go('blocked', 60_000);
    expect(timeline.types).toEqual(['blocked']);
  });
});
