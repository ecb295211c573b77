import { isRefusal, isRejection, type Policy } from '../../../src/index.ts';
import { Emitter } from '../../../src/events/emitter.ts';
import { stackPolicy } from '../../../src/pipeline/stack-policy.ts';
import { stackOfOne } from '../../../src/pipeline/stack.ts';
import type { CallRecord, Ending, Stage } from '../../../src/pipeline/stage.ts';

/** A stage that lets every call in and looks on: how many are inside, and how they left. */
export class Witness implements Stage<object> {
  readonly policy: Policy<object>;
  readonly #waits: boolean;
  readonly #inside = new Set<object>();
  entered = 0;
  left = 0;
  answered = 0;
  /** Failed, having been sent. */
  failed = 0;
  /** Of those, the ones that are the dependency's fault beyond doubt. */
  blamed = 0;
  /** The most that were ever inside at once. */
  most = 0;
  readonly faults: string[] = [];

  constructor(name: string, waits = false) {
    this.#waits = waits;
    this.policy = stackPolicy({
      name,
      stack: stackOfOne(this),
      events: new Emitter<object>(),
      update: () => undefined,
      snapshot: () => ({ name }),
      dispose: () => undefined,
    });
  }

  get inside(): number {
    return this.#inside.size;
  }

  enter(): object | Promise<object> {
    const ticket = {};
    this.entered++;
    this.#inside.add(ticket);
    this.most = Math.max(this.most, this.#inside.size);
    return this.#waits ? Promise.resolve(ticket) : ticket;
  }

  leave(ticket: object, ending: Ending, record: CallRecord): undefined {
    if (!this.#inside.delete(ticket))
      this.faults.push('a ticket was left twice, or was never given');
    this.left++;
    if (ending.ok) this.answered++;
    else if (ending.unsent !== true && !isRefusal(ending.error)) {
      this.failed++;
      const wanted = record.options?.signal?.aborted !== true;
      if (wanted && !isRejection(ending.error)) this.blamed++;
    }
  }

  describe(): ReturnType<Stage['describe']> {
    return { policy: 'witness', name: this.policy.name, options: {} };
  }
}
