import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { spread } from '../../core/test/support/spread.ts';
import { ServerClock } from '../src/server-clock.ts';

/** A command: how long after the one before it, how long on its way to the server, and back. */
const TRIPS = fc.array(
  fc.record({
    gapMs: spread(0, 10_000),
    thereMs: spread(0, 500),
    backMs: spread(0, 500),
  }),
  { minLength: 1, maxLength: 30 },
);

const AHEAD = spread(-1e9, 2e12);

/** What doubles of that size cannot tell apart. */
const ROUNDING_MS = 1e-2;

interface Trip {
  readonly gapMs: number;
  readonly thereMs: number;
  readonly backMs: number;
}

/** Sends the commands to a server that is so much ahead; answers the local time after the last. */
const travel = (
  clock: ServerClock,
  trips: readonly Trip[],
  from: number,
  aheadMs: number,
): number =>
  trips.reduce((local, { gapMs, thereMs, backMs }) => {
    const sent = local + gapMs;
    const answered = sent + thereMs + backMs;
    clock.learn(sent + thereMs + aheadMs, sent, answered);
    return answered;
  }, from);

describe('what is known of the clock of a server', () => {
  test('is never later than the clock itself, and no earlier than the quickest answer took to come back', () => {
    fc.assert(
      fc.property(AHEAD, TRIPS, (aheadMs, trips) => {
        const clock = new ServerClock();
        const local = travel(clock, trips, 0, aheadMs);
        const early = local + aheadMs - clock.at(local);
        const quickest = Math.min(...trips.map(({ backMs }) => backMs));
        expect(early).toBeGreaterThan(-ROUNDING_MS);
        expect(early).toBeLessThan(quickest + ROUNDING_MS);
      }),
    );
  });

  test('after the clock stepped back it is later by no more than the next command was on its way there', () => {
    const step = spread(0, 60_000);
    fc.assert(
      fc.property(AHEAD, TRIPS, TRIPS, step, (aheadMs, before, after, stepMs) => {
        const clock = new ServerClock();
        const local = travel(clock, before, 0, aheadMs);
        const now = travel(clock, after, local, aheadMs - stepMs);
        const late = clock.at(now) - (now + aheadMs - stepMs);
        const quickest = Math.min(...after.map(({ thereMs }) => thereMs));
        expect(late).toBeLessThan(quickest + ROUNDING_MS);
      }),
    );
  });

  test('is not later after a silence, in which clocks drift by up to 500 millionths, and no more than twice that early', () => {
    const drift = fc.integer({ min: -500, max: 500 }).map((millionths) => millionths * 1e-6);
    const silence = fc.integer({ min: 0, max: 86_400_000 });
    fc.assert(
      fc.property(AHEAD, TRIPS, drift, silence, (aheadMs, trips, rate, silenceMs) => {
        const clock = new ServerClock();
        const heard = travel(clock, trips, 0, aheadMs);
        const now = heard + silenceMs;
        const early = now + aheadMs + rate * silenceMs - clock.at(now);
        const quickest = Math.min(...trips.map(({ backMs }) => backMs));
        expect(early).toBeGreaterThan(-ROUNDING_MS);
        expect(early).toBeLessThan(quickest + 1e-3 * silenceMs + ROUNDING_MS);
      }),
    );
  });

  test('is not forgotten for an answer that was rounded', () => {
    const clock = new ServerClock();
    const ahead = 1_999_999_999_999.9998;
    clock.learn(ahead, 0, 0);
    clock.learn(ahead - 0.0005, 0, 500);
    expect(clock.at(500)).toBe(ahead + 500);
  });

  test('is nothing before the first answer: every deadline has long passed', () => {
    const clock = new ServerClock();
    expect(clock.known).toBe(false);
    expect(clock.at(1e9)).toBe(0);
    clock.learn(1_000, 5, 7);
    expect(clock.known).toBe(true);
    expect(clock.at(7)).toBe(1_000);
  });

  test('follows a clock that steps forward, by the next answer', () => {
    const clock = new ServerClock();
    clock.learn(1_000, 0, 0);
    clock.learn(31_010, 10, 10);
    expect(clock.at(10)).toBe(31_010);
  });
});
