import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DeadlineLane, type LaneDeadline } from '../../src/runtime/deadline-lane.ts';
import { DeadlineQueue, type Deadline } from '../../src/runtime/deadline-queue.ts';
import { RecordingClock } from '../support/recording-clock.ts';

type Command =
  | { readonly type: 'lane'; readonly lane: 0 | 1; readonly inMs: number }
  | { readonly type: 'queue'; readonly inMs: number }
  | { readonly type: 'remove'; readonly which: number }
  | { readonly type: 'advance' | 'stall'; readonly ms: number }
  | { readonly type: 'tidy' };

const inMs = fc.constantFrom(5, 10, 10, 10, 10, 30);

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ type: fc.constant('lane'), lane: fc.constantFrom(0, 1), inMs }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('queue'), inMs }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('remove'), which: fc.nat(200) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constantFrom('advance', 'stall'),
      ms: fc.constantFrom(0, 1, 4, 9, 40),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('tidy') }) },
);

/** Two lanes and the queue itself, and beside them a plain list of what stands in them. */
class Rig {
  readonly clock = new RecordingClock();
  readonly queue = new DeadlineQueue(this.clock);
  readonly lanes = [new DeadlineLane(this.queue), new DeadlineLane(this.queue)];
  readonly fired: string[] = [];
  readonly expected: string[] = [];
  readonly removers: (() => void)[] = [];
  waiting: { readonly id: number; readonly due: number }[] = [];
  #ids = 0;

  add(lane: 0 | 1 | undefined, ms: number): void {
    const id = this.#ids++;
    // A fraction of its own for each, so that no two are due together.
    const due = this.clock.now() + ms + id / 4_096;
    const deadline: LaneDeadline = {
      due,
      position: -1,
      keepsAlive: true,
      next: undefined,
      previous: undefined,
      fire: (lateMs) => void this.fired.push(`${id} late ${lateMs}`),
    };
    this.waiting.push({ id, due });
    if (lane === undefined) this.#put(this.queue, deadline, id);
    else this.#put(this.lanes[lane], deadline, id);
  }

  remove(which: number): void {
    this.removers[which % Math.max(1, this.removers.length)]?.();
  }

  advance(ms: number, stalls: boolean): void {
    const end = this.clock.now() + ms;
    for (const { id, due } of this.waiting.toSorted((a, b) => a.due - b.due)) {
      // Timers are set for whole milliseconds; in a stall all fire at its end.
      const at = Math.ceil(due);
      if (at > end) break;
      this.expected.push(`${id} late ${(stalls ? end : at) - due}`);
      this.waiting = this.waiting.filter((each) => each.id !== id);
    }
    if (stalls) this.clock.stall(ms);
    this.clock.advance(stalls ? 0 : ms);
  }

  tidy(): void {
    for (const lane of this.lanes) lane.tidy();
    this.queue.tidy();
  }

  #put(
    home: { add(deadline: LaneDeadline): void; remove(deadline: LaneDeadline): void } | undefined,
    deadline: LaneDeadline,
    id: number,
  ): void {
    home?.add(deadline);
    this.removers.push(() => {
      home?.remove(deadline);
      this.waiting = this.waiting.filter((each) => each.id !== id);
    });
  }
}

const perform = (rig: Rig, step: Command): void => {
  switch (step.type) {
    case 'lane':
      return rig.add(step.lane, step.inMs);
    case 'queue':
      return rig.add(undefined, step.inMs);
    case 'remove':
      return rig.remove(step.which);
    case 'advance':
      return rig.advance(step.ms, false);
    case 'stall':
      return rig.advance(step.ms, true);
    case 'tidy':
      return rig.tidy();
  }
};

it('fires what stands in lanes and queue in the order of their times, each once and not too early', () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 60, size: 'max' }), (steps) => {
      const rig = new Rig();
      for (const step of steps) {
        perform(rig, step);
        expect(rig.fired).toEqual(rig.expected);
        expect(rig.clock.holdsProcess).toBe(rig.waiting.length > 0);
        const idle = step.type === 'tidy' && rig.waiting.length === 0;
        expect(idle ? rig.clock.pendingTimers : 0).toBe(0);
      }
    }),
    { numRuns: 2_000 },
  );
});

describe('a lane', () => {
  it('is one entry of the queue, however many stand in it', () => {
    const added: Deadline[] = [];
    const queue = new DeadlineQueue(new RecordingClock());
    const add = queue.add.bind(queue);
    queue.add = (deadline) => {
      added.push(deadline);
      add(deadline);
    };
    const lane = new DeadlineLane(queue);
    const entries = Array.from({ length: 100 }, (_, due) => ({
      due,
      position: -1,
      keepsAlive: true as const,
      next: undefined,
      previous: undefined,
      fire: () => undefined,
    }));
    for (const entry of entries) lane.add(entry);
    for (const entry of entries.toReversed()) lane.remove(entry);
    expect(added).toEqual([lane]);
  });
});
