import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { retry, timeout } from '../../src/index.ts';
import {
  answers,
  fails,
  hangs,
  scripted,
  succeeds,
  virtualClock,
  type VirtualClock,
} from '../../src/testing/index.ts';
import { sleep } from '../../src/runtime/sleep.ts';
import { expectInvalid } from '../support/invalid-option.ts';

/** What a timer does as it fires: nothing, cancel the timer `id`, or set another one. */
type Reaction =
  | { readonly type: 'nothing' }
  | { readonly type: 'cancel'; readonly id: number }
  | { readonly type: 'set'; readonly delayMs: number };

type Command =
  | { readonly type: 'set'; readonly delayMs: number; readonly reaction: Reaction }
  | { readonly type: 'cancel'; readonly id: number }
  | { readonly type: 'advance' | 'stall'; readonly ms: number };

interface Rig {
  readonly fired: (readonly [id: number, atMs: number])[];
  set(delayMs: number, reaction: Reaction): void;
  cancel(id: number): void;
  stall(ms: number): void;
  advance(ms: number): void | Promise<void>;
  readonly now: number;
  readonly pending: number;
}

const delayMs = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.nat(40),
  fc.constantFrom(Infinity, Number.NaN),
);

const commands: fc.Arbitrary<Command[]> = fc.array(
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        type: fc.constant('set' as const),
        delayMs,
        reaction: fc.oneof(
          fc.constant({ type: 'nothing' as const }),
          fc.record({ type: fc.constant('cancel' as const), id: fc.nat(20) }),
          fc.record({ type: fc.constant('set' as const), delayMs }),
        ),
      }),
    },
    fc.record({ type: fc.constant('cancel' as const), id: fc.nat(20) }),
    fc.record({ type: fc.constantFrom('advance' as const, 'stall' as const), ms: fc.nat(30) }),
  ),
  { maxLength: 40 },
);

/** The clock as a list that is searched through at each step. */
class ListModel implements Rig {
  readonly fired: [number, number][] = [];
  now = 0;
  #timers: { id: number; due: number; reaction: Reaction }[] = [];
  #ids = 0;

  get pending(): number {
    return this.#timers.length;
  }

  set(delay: number, reaction: Reaction): void {
    const due = delay > 0 ? this.now + delay : this.now;
    this.#timers.push({ id: this.#ids++, due, reaction });
  }

  cancel(id: number): void {
    this.#timers = this.#timers.filter((timer) => timer.id !== id);
  }

  stall(ms: number): void {
    this.now += ms;
  }

  advance(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const due = Math.min(...this.#timers.map((timer) => timer.due));
      const next = this.#timers.find((timer) => timer.due === due);
      if (next === undefined || due > end) break;
      this.now = Math.max(this.now, due);
      this.cancel(next.id);
      this.fired.push([next.id, this.now]);
      react(this, next.reaction);
    }
    this.now = end;
  }
}

const react = (rig: Rig, reaction: Reaction): void => {
  if (reaction.type === 'cancel') rig.cancel(reaction.id);
  if (reaction.type === 'set') rig.set(reaction.delayMs, { type: 'nothing' });
};

/** The real clock, driven in one way or the other. */
const rigOf = (clock: VirtualClock, way: 'advance' | 'advanceAsync'): Rig => {
  const timers: Disposable[] = [];
  const fired: [number, number][] = [];
  const rig: Rig = {
    fired,
    set: (delay, reaction) => {
      const id = timers.length;
      const fire = (): void => {
        fired.push([id, clock.now()]);
        react(rig, reaction);
      };
      timers.push(clock.setTimer(fire, delay));
    },
    cancel: (id) => timers[id]?.[Symbol.dispose](),
    stall: (ms) => clock.stall(ms),
    advance: (ms) => clock[way](ms),
    get now() {
      return clock.now();
    },
    get pending() {
      return clock.pendingTimers;
    },
  };
  return rig;
};

const drive = async (rig: Rig, plan: readonly Command[]): Promise<unknown[]> => {
  const seen: unknown[] = [];
  for (const command of plan) {
    if (command.type === 'set') rig.set(command.delayMs, command.reaction);
    else if (command.type === 'cancel') rig.cancel(command.id);
    else await rig[command.type](command.ms);
    seen.push([rig.now, rig.pending]);
  }
  return [...seen, rig.fired];
};

describe('a virtual clock', () => {
  test.for(['advance', 'advanceAsync'] as const)(
    'runs timers in the order of their time, as a list that is searched does: %s',
    async (way) => {
      await fc.assert(
        fc.asyncProperty(commands, async (plan) => {
          const clock = virtualClock();
          const wall = clock.wallNow();
          expect(await drive(rigOf(clock, way), plan)).toEqual(await drive(new ListModel(), plan));
          expect(clock.wallNow() - wall).toBe(clock.now());
        }),
      );
    },
  );

  test('lets promise reactions run between two timers, where it may', async () => {
    const order: string[] = [];
    const run = (clock: VirtualClock): void => {
      for (const name of ['first', 'second']) {
        clock.setTimer(() => {
          order.push(name);
          void Promise.resolve().then(() => order.push(`after the ${name}`));
        }, 10);
      }
    };
    const clock = virtualClock();
    run(clock);
    await clock.advanceAsync(10);
    run(clock);
    clock.advance(10);
    expect(order.join(', ')).toBe(
      'first, after the first, second, after the second, first, second',
    );
  });

  test('stays usable after a timer that throws', () => {
    const clock = virtualClock();
    clock.setTimer(() => {
      throw new Error('boom');
    }, 10);
    expect(() => clock.advance(20)).toThrow('boom');
    expect([clock.now(), clock.pendingTimers]).toEqual([10, 0]);
    clock.advance(5);
    expect(clock.now()).toBe(15);
  });

  test('begins where it is told to', () => {
    const clock = virtualClock({ nowMs: -5, wallMs: 1_000 });
    clock.advance(7);
    expect([clock.now(), clock.wallNow()]).toEqual([2, 1_007]);
  });

  test.for([
    { act: () => virtualClock({ nowMs: Number.NaN }), option: 'nowMs', value: Number.NaN },
    { act: () => virtualClock({ wallMs: Infinity }), option: 'wallMs', value: Infinity },
    { act: () => virtualClock().advance(-1), option: 'ms', value: -1 },
    { act: () => virtualClock().advance(Infinity), option: 'ms', value: Infinity },
    { act: () => virtualClock().stall(Number.NaN), option: 'ms', value: Number.NaN },
  ])('refuses $value as $option', ({ act, ...rest }) => {
    expectInvalid(act, { type: RangeError, ...rest });
  });

  test('refuses an option that it does not know, and a time that is none', async () => {
    expectInvalid(() => virtualClock({ now: 3 } as never), {
      type: TypeError,
      option: 'virtualClock.now',
      value: 3,
    });
    await expect(virtualClock().advanceAsync(-1)).rejects.toThrow(RangeError);
    const clock = virtualClock();
    await expect(clock.runUntilSettled(1, { atMostMs: -1 })).rejects.toThrow(RangeError);
    await expect(clock.runUntilSettled(1, { ms: 1 } as never)).rejects.toThrow(TypeError);
  });
});

describe('runUntilSettled', () => {
  const forGood = new AbortController().signal;

  test('goes as far as the promise needs, and gives its value', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(5_000)), fc.nat(5_000), async (sleepsMs, extraMs) => {
        const clock = virtualClock();
        const total = sleepsMs.reduce((sum, ms) => sum + ms, 0);
        const walk = async (): Promise<string> => {
          for (const ms of sleepsMs) await sleep(clock, ms, forGood);
          return 'there';
        };
        let later = false;
        clock.setTimer(() => (later = true), total + extraMs + 1);
        expect(await clock.runUntilSettled(walk())).toBe('there');
        expect(clock.now()).toBe(total);
        expect(later).toBe(false);
      }),
    );
  });

  test('throws what the promise rejects with, however early, and leaves nothing unhandled', async () => {
    const clock = virtualClock();
    const boom = new Error('boom');
    await expect(clock.runUntilSettled(Promise.reject(boom))).rejects.toBe(boom);
    await expect(
      clock.runUntilSettled(scripted(fails(1, boom).after(5), { clock })()),
    ).rejects.toBe(boom);
    expect(clock.now()).toBe(5);
  });

  test('takes a value that is no promise', async () => {
    expect(await virtualClock().runUntilSettled('at once')).toBe('at once');
  });

  test('says so when a promise hangs and no timer is left', async () => {
    const clock = virtualClock();
    const dependency = scripted(fails().after(30).then(hangs()), { clock });
    const stuck = retry({ clock, backoff: { baseMs: 70, jitter: 'none' } }).execute(dependency);
    await expect(clock.runUntilSettled(stuck)).rejects.toThrow(
      'the promise is still pending at 100 ms, and no timer is left on this clock',
    );
  });

  test('says so when the time is up, and stands there', async () => {
    const clock = virtualClock();
    const again = (): void => void clock.setTimer(again, 40);
    again();
    clock.setTimer(() => undefined, 5_000);
    const limit = { atMostMs: 100 };
    await expect(clock.runUntilSettled(hangs, limit)).resolves.toBe(hangs);
    await expect(clock.runUntilSettled(scripted(hangs())(), limit)).rejects.toThrow(
      'the promise is still pending after 100 ms; 2 timers are left, the next one due at 120 ms',
    );
    expect(clock.now()).toBe(100);
  });

  test('runs a timer that is due at its very end', async () => {
    const clock = virtualClock();
    const done = scripted(succeeds('just'), { clock });
    const late = scripted(answers('just').after(100), { clock });
    expect(await clock.runUntilSettled(done(), { atMostMs: 0 })).toBe('just');
    expect(await clock.runUntilSettled(late(), { atMostMs: 100 })).toBe('just');
    await expect(clock.runUntilSettled(late(), { atMostMs: 99 })).rejects.toThrow(
      'one timer is left',
    );
  });

  test('has an hour unless it is told otherwise', async () => {
    const clock = virtualClock();
    const again = (): void => void clock.setTimer(again, 60_000);
    again();
    await expect(clock.runUntilSettled(scripted(hangs())())).rejects.toThrow('after 3600000 ms');
  });

  test('looks at the sockets after a stall, as the event loop does', async () => {
    const clock = virtualClock();
    const result = timeout({ timeoutMs: 100, clock }).attempt(scripted(hangs(), { clock }));
    clock.stall(1_000);
    expect(await clock.runUntilSettled(result)).toMatchObject({
      rejection: { code: 'HF_TIMEOUT' },
    });
    expect(clock.now()).toBe(1_000);
  });

  test('works though the test runner has faked every timer', async () => {
    vi.useFakeTimers({ toFake: ['setImmediate', 'setTimeout', 'queueMicrotask'] });
    try {
      const clock = virtualClock();
      const slow = scripted(succeeds('paid').after(50), { clock });
      expect(await clock.runUntilSettled(slow())).toBe('paid');
    } finally {
      vi.useRealTimers();
    }
  });
});
