import type {
  CallRecord,
  Ending,
  Late,
  PolicyDescription,
  Refused,
  Stage,
} from '../pipeline/stage.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Slots } from './slots.ts';

/** A bulkhead in a stack. There is no ticket: one slot is as good as another. */
export class BulkheadStage implements Stage<undefined> {
  readonly #slots: Slots;

  constructor(slots: Slots) {
    this.#slots = slots;
  }

  get clock(): Clock {
    return this.#slots.settings.clock;
  }

  enter(record: CallRecord, index: number): undefined | Refused | Promise<undefined | Refused> {
    const admission = this.#slots.admit(record.priority, record.deadline);
    if (admission === true) return undefined;
    return admission === false ? this.#wait(record, index) : admission;
  }

  leave(_ticket: undefined, _ending: Ending, record: CallRecord): undefined {
    const { late } = record;
    if (late === undefined || late.size === 0) this.#slots.free();
    else this.#leaveLate(late);
  }

  describe(): PolicyDescription {
    const { name, clock: _, ...options } = this.#slots.settings;
    return { policy: 'bulkhead', name, options };
  }

  #wait(record: CallRecord, index: number): Promise<undefined | Refused> {
    const { priority, deadline } = record;
    // Outermost, only the caller can give up: the record's own signal would cost a controller.
    const signal = index === 0 ? record.options?.signal : record.signal;
    return this.#slots.wait(undefined, { signal, priority, deadline });
  }

  #leaveLate(late: Late): void {
    const slots = this.#slots;
    const holds = slots.settings.holdUntil === 'finished';
    let running = late.size;
    slots.lateInFlight += running;
    late.hear(() => {
      slots.lateInFlight--;
      running--;
      if (running === 0 && holds) slots.free();
    });
    if (!holds) slots.free();
  }
}
