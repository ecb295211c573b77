import { stackPolicy } from '../pipeline/stack-policy.ts';
import { stackOfOne } from '../pipeline/stack.ts';
import { BulkheadStage } from './bulkhead-stage.ts';
import { settingsOf, updatedSettings, type BulkheadOptions } from './options.ts';
import { enterSlots, tryPermit, waitForPermit } from './permits.ts';
import { PlainCalls } from './plain-calls.ts';
import { Slots } from './slots.ts';
import type {
  Bulkhead,
  BulkheadAcquireOptions,
  BulkheadEvents,
  BulkheadPermit,
  BulkheadRefusal,
  BulkheadSnapshot,
} from './types.ts';

const snapshotOf = (slots: Slots): BulkheadSnapshot => {
  const { settings, rejections, inFlight, waiting, lateInFlight, admitted } = slots;
  const { name, concurrency, queue, order } = settings;
  const { refused, expired, aborted } = rejections;
  return {
    name,
    concurrency,
    queue,
    order,
    inFlight,
    waiting,
    lateInFlight,
    admitted,
    refused,
    expired,
    aborted,
  };
};

/**
 * Lets no more than `concurrency` calls run at once; up to `queue` more wait, `maxWaitMs` at most,
 * and the rest is refused with `HF_BULKHEAD_FULL`. A call whose deadline passes before it has a slot
 * rejects with `HF_DEADLINE_EXCEEDED`; an abort leaves the queue at once. None of them was sent.
 * Throws `TypeError` or `RangeError` for a wrong option. After M. Nygard, "Release It!".
 */
export const bulkhead = (options: BulkheadOptions): Bulkhead => {
  const slots = new Slots(settingsOf(options));
  const snapshot = (): BulkheadSnapshot => snapshotOf(slots);
  const policy = stackPolicy<BulkheadOptions, BulkheadEvents>({
    name: slots.settings.name,
    stack: stackOfOne(new BulkheadStage(slots), new PlainCalls(slots).execute),
    events: slots.rejections.events,
    update: (change) => slots.change(updatedSettings(slots.settings, change)),
    snapshot,
    dispose: () => slots.dispose(),
  });
  return Object.assign(policy, {
    snapshot,
    tryAcquire: (): BulkheadPermit | BulkheadRefusal => tryPermit(slots),
    enter: (
      acquireOptions: BulkheadAcquireOptions = {},
    ): BulkheadPermit | BulkheadRefusal | Promise<BulkheadPermit | BulkheadRefusal> =>
      enterSlots(slots, acquireOptions),
    acquire: (
      acquireOptions: BulkheadAcquireOptions = {},
    ): Promise<BulkheadPermit | BulkheadRefusal> => waitForPermit(slots, acquireOptions),
  });
};
