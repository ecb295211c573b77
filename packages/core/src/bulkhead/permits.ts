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

/** A slot at once, after a wait, or not at all; a promise only where there is a wait. */
export const enterSlots = (
  slots: Slots,
  options: BulkheadAcquireOptions,
): Answer | Promise<Answer> => {
  try {
    const { deadline, priority = 0 } = options;
    const admission = slots.admit(priority, deadline);
    if (admission === true) return new SlotPermit(slots);
    return admission === false ? waitInLine(slots, options) : admission;
  } catch (error) {
    return Promise.reject(error);
  }
};

/** The signal is read here and not before: making one may cost a controller. */
const waitInLine = (slots: Slots, options: BulkheadAcquireOptions): Promise<Answer> => {
  const { signal, deadline, priority = 0 } = options;
  const fault = faultOf({ signal, deadline, priority });
  return fault === undefined
    ? slots.wait<Answer>(new SlotPermit(slots), { signal, priority, deadline })
    : Promise.reject(fault);
};

/** As `enterSlots`, but a promise always, and whoever has given up already gets no slot. */
export const waitForPermit = (slots: Slots, options: BulkheadAcquireOptions): Promise<Answer> => {
  const fault = faultOf(options);
  if (fault !== undefined) return Promise.reject(fault);
  const { signal } = options;
  return signal?.aborted === true
    ? Promise.reject(signal.reason)
    : Promise.resolve(enterSlots(slots, options));
};
