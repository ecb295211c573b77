import { faultOf } from '../options/run-options.ts';
import type { Slots } from './slots.ts';
import type { BulkheadAcquireOptions, BulkheadPermit, BulkheadRefusal } from './types.ts';

type Answer = BulkheadPermit | BulkheadRefusal;

class SlotPermit implements BulkheadPermit {
  #slots: Slots | undefined;

  constructor(slots: Slots) {
    this.#slots = slots;
  }

  get admitted(): true {
    return true;
  }

  release(): void {
    const slots = this.#slots;
    this.#slots = undefined;
    slots?.free();
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

/** A slot at once or not at all. */
export const tryPermit = (slots: Slots): Answer => {
  const admission = slots.admit(0, undefined);
  if (admission === true) return new SlotPermit(slots);
  return admission === false ? slots.refuse() : admission;
};

/** A slot at once, after a wait, or not at all. */
export const waitForPermit = (slots: Slots, options: BulkheadAcquireOptions): Promise<Answer> => {
  const fault = faultOf(options);
  if (fault !== undefined) return Promise.reject(fault);
  const { signal, deadline, priority = 0 } = options;
  if (signal?.aborted === true) return Promise.reject(signal.reason);
  const admission = slots.admit(priority, deadline);
  if (admission === true) return Promise.resolve(new SlotPermit(slots));
  return admission === false
    ? slots.wait<Answer>(new SlotPermit(slots), { signal, priority, deadline })
    : Promise.resolve(admission);
};
