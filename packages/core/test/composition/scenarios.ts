import { consecutive, type Executable } from '../../src/index.ts';
import { hang, untilAborted } from '../support/calls.ts';
import { boom, gone, wholeOf, type Kit, type Whole } from './kit.ts';

/** One thing that may happen to a stack; what it returns is all that can be seen of it. */
export interface Scenario {
  readonly title: string;
  play(kit: Kit, stack: Executable<unknown>, parts: Parts): Promise<unknown>;
}

type Parts = Omit<Whole, 'stack'>;

/** Two failures open the circuit, and one call takes the only slot. */
export const partsOf = (kit: Kit): Parts => {
  const { whole, retry, breaker, limit, slots, patience } = wholeOf(kit, {
    breaker: { trip: consecutive(2), halfOpen: { probes: 1 } },
    limit: { rate: 1_000, burst: 100 },
    slots: { concurrency: 1, queue: 1, maxWaitMs: 1_000 },
  });
  return { whole, retry, breaker, limit, slots, patience };
};

/** The policies of the parts, outermost first. */
export const policiesOf = ({
  whole,
  retry,
  breaker,
  limit,
  slots,
  patience,
}: Parts): Executable[] => [whole, retry, breaker, limit, slots, patience];

export const scenarios: readonly Scenario[] = [
  {
    title: 'a failure, then an answer',
    play: async (kit, stack) => {
      const begun = kit.begin(stack, ({ attempt }) =>
        attempt === 1 ? Promise.reject(boom) : `answer ${attempt}`,
      );
      await kit.clock.advanceAsync(1_000);
      return [await begun.result, begun.startedAt, begun.deadlines];
    },
  },
  {
    title: 'a call that throws at once, until the circuit opens',
    play: async (kit, stack) => {
      const begun = kit.begin(stack, () => {
        throw boom;
      });
      await kit.clock.advanceAsync(1_000);
      return [await begun.result, begun.startedAt];
    },
  },
  {
    title: 'hangs that open the circuit, which closes again',
    play: async (kit, stack) => {
      const hung = kit.begin(stack, untilAborted);
      await kit.clock.advanceAsync(500);
      const turnedAway = kit.begin(stack, () => 'never');
      await kit.clock.advanceAsync(2_000);
      const back = kit.begin(stack, () => 'back');
      const all = [hung, turnedAway, back];
      return await Promise.all(
        all.map(async ({ result, startedAt, contexts }) => [
          await result,
          startedAt,
          contexts.map(({ attempt }) => attempt),
        ]),
      );
    },
  },
  {
    title: 'a deadline in the second attempt',
    play: async (kit, stack, { whole }) => {
      whole.update({ deadlineMs: 250 });
      const begun = kit.begin(stack, untilAborted);
      await kit.clock.advanceAsync(1_000);
      return [await begun.result, begun.startedAt, begun.settledAt, begun.deadlines];
    },
  },
  {
    title: 'an isolated circuit',
    play: async (kit, stack, { breaker }) => {
      breaker.isolate('drill');
      const begun = kit.begin(stack, hang);
      return [await begun.result, begun.startedAt];
    },
  },
  {
    title: 'a full bulkhead, at once and after a wait',
    play: async (kit, stack, { slots }) => {
      const slot = slots.tryAcquire();
      const both = [kit.begin(stack, hang), kit.begin(stack, hang)];
      await kit.clock.advanceAsync(1_000);
      if (slot.admitted) slot.release();
      return await Promise.all(
        both.map(async (begun) => [await begun.result, begun.startedAt, begun.settledAt]),
      );
    },
  },
  {
    title: 'an abort in the queue',
    play: async (kit, stack, { slots }) => {
      const slot = slots.tryAcquire();
      const begun = kit.begin(stack, hang);
      await kit.clock.advanceAsync(20);
      begun.caller.abort(gone);
      const outcome = [await begun.result, begun.startedAt, begun.settledAt];
      if (slot.admitted) slot.release();
      return outcome;
    },
  },
  {
    title: 'an abort in flight',
    play: async (kit, stack) => {
      const begun = kit.begin(stack, untilAborted);
      await kit.clock.advanceAsync(20);
      begun.caller.abort(gone);
      return [await begun.result, begun.startedAt, begun.settledAt];
    },
  },
  {
    title: 'an abort between two attempts',
    play: async (kit, stack) => {
      const begun = kit.begin(stack, () => Promise.reject(boom));
      await kit.clock.advanceAsync(50);
      begun.caller.abort(gone);
      return [await begun.result, begun.startedAt, begun.settledAt];
    },
  },
];
