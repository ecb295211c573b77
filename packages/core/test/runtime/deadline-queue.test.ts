import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DeadlineQueue, deadlinesOf, type Deadline } from '../../src/runtime/deadline-queue.ts';
import { RecordingClock } from '../support/recording-clock.ts';

/** What an entry does as it fires. */
type Action =
  | { readonly type: 'nothing' }
  | { readonly type: 'remove'; readonly id: number }
  | { readonly type: 'add'; readonly inMs: number };

type Command =
  | {
      readonly type: 'add';
      readonly inMs: number;
      readonly keepsAlive: boolean;
      readonly onFire: Action;
    }
  | { readonly type: 'remove'; readonly id: number }
  | { readonly type: 'advance' | 'stall'; readonly ms: number }
  | { readonly type: 'tidy' };

interface Entry {
  readonly id: number;
  readonly due: number;
  readonly keepsAlive: boolean;
  readonly onFire: Action;
}

/** A fraction of a millisecond of its own for each entry, so that no two are due together. */
const dueOf = (id: number, now: number, inMs: number): number => now + inMs + id / 4_096;

const NOTHING: Action = { type: 'nothing' };

/** The entry that `parent` adds as it fires. */
const childOf = (parent: number, now: number, inMs: number): Entry => {
  const id = parent + 1;
  return { id, due: dueOf(id, now, inMs), keepsAlive: false, onFire: NOTHING };
};

/** The queue as a list that is sorted at each look. */
class ListModel {
  now = 0;
  entries: readonly Entry[] = [];
  readonly fired: (readonly [id: number, lateMs: number])[] = [];

  add(entry: Entry): void {
    this.entries = [...this.entries, entry];
  }

  remove(id: number): void {
    this.entries = this.entries.filter((entry) => entry.id !== id);
  }

  advance(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const [first] = this.entries.toSorted((a, b) => a.due - b.due);
      if (first === undefined || Math.ceil(first.due) > end) break;
      // Timers are set for whole milliseconds, and never too early.
      this.now = Math.max(this.now, Math.ceil(first.due));
      this.remove(first.id);
      this.fired.push([first.id, this.now - first.due]);
      if (first.onFire.type === 'remove') this.remove(first.onFire.id);
      if (first.onFire.type === 'add') this.add(childOf(first.id, this.now, first.onFire.inMs));
    }
    this.now = end;
  }
}

/** The real queue, driven by the same commands. */
class QueueRig {
  readonly clock = new RecordingClock();
  readonly queue = new DeadlineQueue(this.clock);
  readonly fired: (readonly [id: number, lateMs: number])[] = [];
  readonly #deadlines = new Map<number, Deadline>();

  add({ id, due, keepsAlive, onFire }: Entry): void {
    const deadline: Deadline = {
      due,
      keepsAlive,
      position: -1,
      fire: (lateMs) => {
        this.fired.push([id, lateMs]);
        if (onFire.type === 'remove') this.remove(onFire.id);
        if (onFire.type === 'add') this.add(childOf(id, this.clock.now(), onFire.inMs));
      },
    };
    this.#deadlines.set(id, deadline);
    this.queue.add(deadline);
  }

  /** Also for what has fired or was removed before: that must do nothing. */
  remove(id: number): void {
    const deadline = this.#deadlines.get(id);
    if (deadline !== undefined) this.queue.remove(deadline);
  }
}

const inMs = fc.integer({ min: -20, max: 300 });
const id = fc.nat(120);
const onFire: fc.Arbitrary<Action> = fc.oneof(
  fc.constant(NOTHING),
  fc.record({ type: fc.constant('remove' as const), id }),
  fc.record({ type: fc.constant('add' as const), inMs }),
);
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('add' as const),
      inMs,
      keepsAlive: fc.boolean(),
      onFire,
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('remove' as const), id }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('advance' as const), ms: fc.nat(200) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('stall' as const), ms: fc.nat(200) }) },
  { weight: 1, arbitrary: fc.constant<Command>({ type: 'tidy' }) },
);

const run = (model: ListModel, rig: QueueRig, todo: Command, index: number): void => {
  switch (todo.type) {
    case 'add': {
      const entry = { ...todo, id: 2 * index, due: dueOf(2 * index, model.now, todo.inMs) };
      model.add(entry);
      rig.add(entry);
      break;
    }
    case 'remove':
      model.remove(todo.id);
      rig.remove(todo.id);
      break;
    case 'advance':
      model.advance(todo.ms);
      rig.clock.advance(todo.ms);
      break;
    case 'stall':
      model.now += todo.ms;
      rig.clock.stall(todo.ms);
      break;
    case 'tidy':
      rig.queue.tidy();
      if (model.entries.length === 0) expect(rig.clock.pendingTimers).toBe(0);
  }
};

const deadlineAt = (due: number, fire: () => void = () => undefined): Deadline => ({
  due,
  position: -1,
  keepsAlive: true,
  fire,
});

describe('the deadline queue', () => {
  it('fires exactly what is due, in order and with its lateness, whatever is added, removed and stalled', () => {
    const property = fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
      const model = new ListModel();
      const rig = new QueueRig();
      for (const [index, todo] of commands.entries()) {
        run(model, rig, todo, index);
        expect(rig.fired).toEqual(model.fired);
        expect(rig.clock.pendingTimers).toBeLessThanOrEqual(1);
        expect(rig.clock.pendingTimers).toBeGreaterThanOrEqual(Math.min(1, model.entries.length));
        expect(rig.clock.holdsProcess).toBe(model.entries.some(({ keepsAlive }) => keepsAlive));
      }
      model.advance(1_000);
      rig.clock.advance(1_000);
      expect(rig.fired).toEqual(model.fired);
    });
    fc.assert(property, { numRuns: 400 });
  });

  it('is one per clock', () => {
    const [clock, other] = [new RecordingClock(), new RecordingClock()];
    expect(deadlinesOf(clock)).toBe(deadlinesOf(clock));
    expect(deadlinesOf(clock)).not.toBe(deadlinesOf(other));
  });

  it('makes no timer for a deadline behind another', () => {
    const clock = new RecordingClock();
    const queue = new DeadlineQueue(clock);
    for (let due = 10; due <= 1_000; due += 10) queue.add(deadlineAt(due));
    expect(clock.timersMade).toBe(1);
  });

  it('leaves its timer standing when a call settles in time, so that the next one arms nothing', () => {
    const clock = new RecordingClock();
    const queue = new DeadlineQueue(clock);
    for (let call = 0; call < 100; call++) {
      const deadline = deadlineAt(clock.now() + 500);
      queue.add(deadline);
      clock.advance(1);
      queue.remove(deadline);
    }
    expect(clock.timersMade).toBe(1);
    expect(clock.holdsProcess).toBe(false);
  });

  it('does nothing when an entry is removed twice', () => {
    const clock = new RecordingClock();
    const queue = new DeadlineQueue(clock);
    const [first, second] = [deadlineAt(10), deadlineAt(20)];
    queue.add(first);
    queue.add(second);
    queue.remove(first);
    queue.remove(first);
    expect(clock.holdsProcess).toBe(true);
    expect(first.position).toBe(-1);
    expect(second.position).toBe(0);
  });

  it('leaves no timer after the last entry is removed and the queue tidied', () => {
    const clock = new RecordingClock();
    const queue = new DeadlineQueue(clock);
    const deadline = deadlineAt(10);
    queue.add(deadline);
    queue.remove(deadline);
    queue.tidy();
    expect(clock.pendingTimers).toBe(0);
  });

  it('keeps the timer when it is tidied while an entry waits', () => {
    const clock = new RecordingClock();
    const queue = new DeadlineQueue(clock);
    let fired = 0;
    queue.add(deadlineAt(10, () => fired++));
    queue.tidy();
    clock.advance(10);
    expect(fired).toBe(1);
  });

  it('fires entries that are due at the same moment once each', () => {
    const clock = new RecordingClock();
    const queue = new DeadlineQueue(clock);
    const fired: number[] = [];
    for (let each = 0; each < 50; each++) queue.add(deadlineAt(5, () => fired.push(each)));
    clock.advance(5);
    expect(fired.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, each) => each));
  });

  it('makes no timer for what is added overdue while entries fire, and fires it in the same turn', () => {
    const clock = new RecordingClock();
    const queue = new DeadlineQueue(clock);
    const fired: string[] = [];
    queue.add(
      deadlineAt(5, () => {
        fired.push('first');
        queue.add(deadlineAt(3, () => fired.push('overdue')));
      }),
    );
    clock.advance(5);
    expect(fired).toEqual(['first', 'overdue']);
    expect(clock.timersMade).toBe(1);
  });

  it('goes on when an entry tidies the queue as it fires and another is added', () => {
    const clock = new RecordingClock();
    const queue = new DeadlineQueue(clock);
    const fired: string[] = [];
    queue.add(
      deadlineAt(5, () => {
        queue.tidy();
        queue.add(deadlineAt(8, () => fired.push('later')));
        fired.push('sooner');
      }),
    );
    clock.advance(10);
    expect(fired).toEqual(['sooner', 'later']);
    expect(clock.pendingTimers).toBe(0);
  });
});
