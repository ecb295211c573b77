import { AsyncLocalStorage } from 'node:async_hooks';
import { EventEmitter, once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type * as deadlineContext from '../../src/http/deadline-context.ts';
import {
  currentDeadline,
  remainingDeadlineMs,
  withDeadline,
  withoutDeadline,
} from '../../src/http/index.ts';
import { expectInvalid } from '../support/invalid-option.ts';

type Context = typeof deadlineContext;

/** A copy of the module with a state of its own, as a second version of the package would be. */
const copyOf = async (query: string): Promise<Context> => {
  const path = `../../src/http/deadline-context.ts?${query}`;
  return (await import(/* @vite-ignore */ path)) as Context;
};

const stopTime = (): void => {
  vi.useFakeTimers({ toFake: ['performance'] });
  onTestFinished(() => void vi.useRealTimers());
};

describe('while time stands still', () => {
  beforeEach(stopTime);

  it('without a deadline everything is left', () => {
    expect(currentDeadline()).toBeUndefined();
    expect(remainingDeadlineMs()).toBe(Infinity);
  });

  it('the deadline is so many milliseconds from now, on the monotonic clock', () => {
    withDeadline(250, () => {
      expect(currentDeadline()).toBe(performance.now() + 250);
      expect(remainingDeadlineMs()).toBe(250);
      vi.advanceTimersByTime(100);
      expect(remainingDeadlineMs()).toBe(150);
      vi.advanceTimersByTime(1_000);
      expect(remainingDeadlineMs()).toBe(0);
    });
    expect(currentDeadline()).toBeUndefined();
  });

  it('work is called also when nothing is left, and told so', () => {
    expect(withDeadline(0, remainingDeadlineMs)).toBe(0);
    expect(withDeadline(5, () => withDeadline(0, remainingDeadlineMs))).toBe(0);
  });

  it('of nested deadlines the nearest holds, however they are nested and time passes', () => {
    const level = fc.oneof(
      { weight: 4, arbitrary: fc.record({ ms: fc.nat(1_000), passes: fc.nat(200) }) },
      { weight: 1, arbitrary: fc.constant('without' as const) },
    );
    fc.assert(
      fc.property(fc.array(level, { maxLength: 8 }), (levels) => {
        const nest = (depth: number, nearest: number | undefined): void => {
          expect(currentDeadline()).toBe(nearest);
          const next = levels[depth];
          if (next === undefined) return;
          if (next === 'without') withoutDeadline(() => nest(depth + 1, undefined));
          else {
            vi.advanceTimersByTime(next.passes);
            const due = performance.now() + next.ms;
            withDeadline(next.ms, () => nest(depth + 1, Math.min(due, nearest ?? Infinity)));
          }
          expect(currentDeadline()).toBe(nearest);
        };
        nest(0, undefined);
      }),
    );
  });
});

describe('what work gives', () => {
  it('is given back as it is', async () => {
    const promise = Promise.resolve(5);
    expect(withDeadline(10, () => promise)).toBe(promise);
    expect(withoutDeadline(() => promise)).toBe(promise);
    await expect(withDeadline(10, async () => 'answer')).resolves.toBe('answer');
  });

  it('is thrown as it is thrown, and the deadline is gone', async () => {
    const error = new Error('of its own');
    const fail = (): never => {
      throw error;
    };
    expect(() => withDeadline(10, fail)).toThrow(error);
    expect(() => withoutDeadline(fail)).toThrow(error);
    await expect(withDeadline(10, async () => fail())).rejects.toBe(error);
    expect(currentDeadline()).toBeUndefined();
  });
});

describe('what work starts', () => {
  it('has the deadline across await, promises, timers, ticks and events', async () => {
    const emitter = new EventEmitter();
    await withDeadline(60_000, async () => {
      const due = currentDeadline();
      expect(due).toBeDefined();
      await Promise.resolve();
      expect(currentDeadline()).toBe(due);
      await sleep(1);
      expect(currentDeadline()).toBe(due);
      await expect(Promise.reject(new Error('x')).catch(currentDeadline)).resolves.toBe(due);
      const later = [setTimeout, setImmediate, queueMicrotask, process.nextTick].map(
        (start) => new Promise((done) => start(() => done(currentDeadline()))),
      );
      await expect(Promise.all(later)).resolves.toEqual([due, due, due, due]);
      setImmediate(() => emitter.emit('ready'));
      await once(emitter, 'ready');
      expect(currentDeadline()).toBe(due);
    });
    expect(currentDeadline()).toBeUndefined();
  });

  it('has it also after the work has ended', async () => {
    const { promise, resolve } = Promise.withResolvers<number | undefined>();
    const due = withDeadline(60_000, () => {
      setTimeout(() => resolve(currentDeadline()), 1);
      return currentDeadline();
    });
    expect(currentDeadline()).toBeUndefined();
    await expect(promise).resolves.toBe(due);
  });

  it('does not mix with what others start meanwhile', async () => {
    const one = async (ms: number): Promise<boolean> => {
      const due = currentDeadline();
      for (let turn = 0; turn < 5; turn += 1) {
        await (turn % 2 === 0 ? sleep(1) : Promise.resolve());
        if (currentDeadline() !== due) return false;
      }
      return due !== undefined && due - performance.now() <= ms;
    };
    const all = Array.from({ length: 50 }, (_, index) => {
      const ms = 10_000 * (index + 1);
      return withDeadline(ms, () => one(ms));
    });
    expect(new Set(await Promise.all(all))).toEqual(new Set([true]));
  });

  it('has none without a deadline, nor has what that starts', async () => {
    await withDeadline(60_000, async () => {
      const due = currentDeadline();
      const outlives = withoutDeadline(async () => {
        await sleep(1);
        return [currentDeadline(), remainingDeadlineMs()];
      });
      expect(currentDeadline()).toBe(due);
      await expect(outlives).resolves.toEqual([undefined, Infinity]);
      expect(currentDeadline()).toBe(due);
    });
  });
});

describe('two copies of the module', () => {
  it('share one deadline, whichever sets it', async () => {
    const [first, second] = await Promise.all([copyOf('first'), copyOf('second')]);
    expect(first.withDeadline).not.toBe(second.withDeadline);
    first.withDeadline(60_000, () => {
      const due = first.currentDeadline();
      expect(due).toBeDefined();
      expect(second.currentDeadline()).toBe(due);
      expect(second.withDeadline(120_000, first.currentDeadline)).toBe(due);
      expect(second.withoutDeadline(first.currentDeadline)).toBeUndefined();
    });
  });

  it('share it under a global symbol that no loop over globals shows', () => {
    const key = Symbol.for('holdfast.deadline');
    const storage = Reflect.get(globalThis, key) as AsyncLocalStorage<number | undefined>;
    expect(storage).toBeInstanceOf(AsyncLocalStorage);
    expect(storage.run(7, currentDeadline)).toBe(7);
    expect(Object.getOwnPropertyDescriptor(globalThis, key)).toMatchObject({
      enumerable: false,
      writable: false,
    });
  });
});

describe('what makes no sense', () => {
  it.each([-1, -0.001, Number.NaN, Infinity, -Infinity])('%d ms is no deadline', (value) => {
    const work = vi.fn();
    expectInvalid(() => withDeadline(value, work), {
      type: RangeError,
      option: 'deadlineMs',
      value,
    });
    expect(work).not.toHaveBeenCalled();
  });

  it.each(['100', null, undefined, 100n])('%s is no number of milliseconds', (value) => {
    const act = () => withDeadline(value as never, () => 1);
    expectInvalid(act, { type: TypeError, option: 'deadlineMs', value });
  });

  it.each([undefined, null, 'work', {}, Promise.resolve()])('%s is no work', (value) => {
    const complaint = { type: TypeError, option: 'work', value };
    expectInvalid(() => withDeadline(1, value as never), complaint);
    expectInvalid(() => withoutDeadline(value as never), complaint);
  });
});
