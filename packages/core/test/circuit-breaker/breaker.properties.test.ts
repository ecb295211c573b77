import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { circuitBreaker } from '../../src/index.ts';
import { virtualClock } from '../../src/testing/virtual-clock.ts';
import { settings } from './model/arbitraries.ts';
import { busyOptions as options } from './model/busy-options.ts';
import { permitSteps } from './model/commands.ts';
import { reach, reachInSteps } from './model/run-model.ts';
import { commandedStories, newWorld, play, standing } from './model/script.ts';
import type { Action, World } from './model/script.ts';
import { slowLimit } from './model/windows.ts';

beforeAll(() => void vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined));

const seen = (world: World): object => ({ trace: world.trace, standing: standing(world) });

const read = ({ breaker }: World): void => {
  breaker.snapshot();
  breaker.explain();
  breaker.save();
  expect(breaker.state).toBe(breaker.snapshot().state);
};

/** Plays a story and looks at everything between any two actions. */
const playReading = (world: World, story: readonly Action[]): World => {
  for (const action of story) {
    read(world);
    play(world, [action]);
    read(world);
  }
  return world;
};

test('reads change nothing, however many there are', () => {
  const property = fc.property(commandedStories, (story) => {
    expect(seen(playReading(newWorld(options), story))).toEqual(
      seen(play(newWorld(options), story)),
    );
  });
  fc.assert(property, { numRuns: 200 });
});

type Listeners = (world: World, heard: unknown[][]) => void;

const EVENTS = ['transition', 'outcome', 'refusal', 'ramp', 'lease'] as const;

const LISTENERS: Record<string, Listeners> = {
  throwing: ({ breaker }) => {
    for (const event of EVENTS) {
      breaker.on(event, () => {
        throw new Error('mine');
      });
    }
  },
  rejecting: ({ breaker }) => {
    for (const event of EVENTS) {
      // oxlint-disable-next-line typescript/no-misused-promises -- listeners may be asynchronous by mistake
      breaker.on(event, () => Promise.reject(new Error('mine')));
    }
  },
  reading: (world) => {
    for (const event of EVENTS) world.breaker.on(event, () => read(world));
  },
  selfRemoving: ({ breaker }) => {
    for (const event of EVENTS) {
      const subscription = breaker.on(event, () => subscription[Symbol.dispose]());
    }
  },
};

describe('listeners', () => {
  test.each(Object.keys(LISTENERS))('%s ones change nothing that happens', async (kind) => {
    const property = fc.asyncProperty(commandedStories, async (story) => {
      const onListenerError = (): void => undefined;
      const quiet = play(newWorld(options), story);
      const noisy = newWorld({ ...options, onListenerError });
      LISTENERS[kind]?.(noisy, []);
      expect(seen(play(noisy, story))).toEqual(seen(quiet));
      await Promise.resolve();
    });
    await fc.assert(property, { numRuns: 100 });
  });

  test('hear commits in their order, also those made by a listener', () => {
    const property = fc.property(commandedStories, (story) => {
      const world = newWorld(options);
      const heard: [number[], number[]] = [[], []];
      world.breaker.on('transition', ({ generation, to }) => {
        heard[0].push(generation);
        if (to === 'OPEN' && generation % 3 === 0) world.breaker.reset();
      });
      world.breaker.on('transition', ({ generation }) => void heard[1].push(generation));
      play(world, story);
      expect(heard[1]).toEqual(heard[0]);
      expect(heard[0]).toEqual(heard[0].toSorted((a, b) => a - b));
      expect(new Set(heard[0]).size).toBe(heard[0].length);
      const states = world.trace.filter(([kind]) => kind === 'transition');
      for (const [index, [, , , to]] of states.entries()) {
        expect(states[index + 1]?.[2] ?? to).toBe(to);
      }
    });
    fc.assert(property, { numRuns: 200 });
  });
});

describe('a clock that goes back', () => {
  test('adds nothing and takes nothing away', () => {
    // The timers of this clock go back with it, which would look like a stall of the event loop.
    const patient = { ...options, stallMs: 1e9 };
    const jumps = fc.infiniteStream(fc.constantFrom(0, 0, -1, -60, -5000));
    const property = fc.property(commandedStories, jumps, (story, back) => {
      const jumping = newWorld(patient);
      for (const action of story) {
        // Forward time is known at readings alone, so the clock is read before and after the jump.
        jumping.breaker.snapshot();
        jumping.clock.jump(back.next().value ?? 0);
        jumping.breaker.snapshot();
        play(jumping, [action]);
      }
      const steady = play(newWorld(patient), story);
      expect(withoutTimes(jumping)).toEqual(withoutTimes(steady));
    });
    fc.assert(property, { numRuns: 200 });
  });
});

/** The jumping clock's own readings stand in the trace of transitions; all else must be equal. */
const withoutTimes = (world: World): object => ({
  standing: standing(world),
  trace: world.trace.map((entry) => (entry[0] === 'transition' ? entry.with(1, undefined) : entry)),
});

describe('timers', () => {
  const path = fc
    .array(permitSteps.controlled, { maxLength: 60, size: 'max' })
    .map((steps) => steps.filter(({ name }) => name !== 'dispose()'));

  test('one is enough, and none is left when the circuit is closed and nothing is in flight', () => {
    const property = fc.property(settings(false), path, (run, steps) => {
      // All deadlines of a clock share one timer.
      for (const { clock } of reachInSteps(run, steps)) expect(clock.pendingTimers).toBeLessThan(2);
      const { clock, breaker, handles } = reach(run, steps);
      // A listener may answer a reset with a command of its own, once.
      while (breaker.state !== 'CLOSED') breaker.reset();
      for (const { permit } of handles) permit?.ignore();
      clock.advance(100);
      expect(clock.pendingTimers).toBe(0);
    });
    fc.assert(property, { numRuns: 200 });
  });

  test('a disposed breaker leaves none, though calls may still be in flight', () => {
    const property = fc.property(settings(false), path, (run, steps) => {
      const { breaker, clock } = reach(run, steps);
      breaker[Symbol.dispose]();
      expect(clock.pendingTimers).toBe(0);
    });
    fc.assert(property, { numRuns: 200 });
  });

  test('without a slow rule, probes and eagerness there is no timer at all', () => {
    const calm = fc.array(permitSteps.calm, { maxLength: 60, size: 'max' });
    const property = fc.property(settings(false), calm, (run, steps) => {
      fc.pre(slowLimit(run.rules) === Infinity);
      for (const { clock, trace } of reachInSteps({ ...run, eager: false }, steps)) {
        if (trace.transition.length > 0) break;
        expect(clock.pendingTimers).toBe(0);
      }
    });
    fc.assert(property, { numRuns: 200 });
  });

  test('the timer of an eager breaker and the beat are unref’d', () => {
    const clock = virtualClock();
    const unrefs = vi.fn();
    const setTimer = clock.setTimer.bind(clock);
    vi.spyOn(clock, 'setTimer').mockImplementation((callback, delayMs) => {
      const timer = setTimer(callback, delayMs);
      return {
        ref: () => timer.ref(),
        unref: unrefs,
        [Symbol.dispose]: () => timer[Symbol.dispose](),
      };
    });
    const breaker = circuitBreaker({ ...options, name: 'eager', eager: true, clock });
    breaker.tryAcquire();
    breaker.open();
    expect(clock.setTimer).toHaveBeenCalled();
    expect(unrefs.mock.calls).toHaveLength(vi.mocked(clock.setTimer).mock.calls.length);
  });
});

test('what a breaker keeps does not grow with the number of calls', () => {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  const heap = (): number => {
    if (typeof collect === 'function') collect();
    return process.memoryUsage().heapUsed;
  };
  const { breaker, clock } = newWorld(options);
  const call = (index: number): void => {
    const answer = breaker.tryAcquire();
    if (answer.admitted) answer[index % 5 === 0 ? 'failure' : 'success']();
    if (index % 100 === 0) clock.advance(30);
  };
  for (let index = 0; index < 20_000; index++) call(index);
  const before = heap();
  for (let index = 0; index < 300_000; index++) call(index);
  expect(heap() - before).toBeLessThan(200_000);
});
