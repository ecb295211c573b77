import { HoldfastError, type RefusalCode } from '../errors.ts';
import { Emitter } from '../events/emitter.ts';
import type { Refused } from '../pipeline/stage.ts';
import { bulkheadTap } from './events.ts';
import type { BulkheadEvents } from './types.ts';

/** Counts, errors and events of the calls that get no slot. An event goes out with the next flush. */
export class Rejections {
  readonly events: Emitter<BulkheadEvents> = new Emitter(bulkheadTap);
  readonly #name: string;
  refused = 0;
  expired = 0;
  aborted = 0;

  constructor(name: string) {
    this.#name = name;
  }

  refuse(code: RefusalCode): Refused {
    const name = this.#name;
    this.refused++;
    this.events.emit('refusal', { name, code, retryAfterMs: undefined });
    return { admitted: false, rejection: new HoldfastError({ code, policy: name }) };
  }

  /** The call's own deadline came first. No refusal: it says nothing about the room there was. */
  expire(afterMs: number): Refused {
    const name = this.#name;
    const code = 'HF_DEADLINE_EXCEEDED';
    this.expired++;
    this.events.emit('timeout', { name, code, afterMs });
    return { admitted: false, rejection: new HoldfastError({ code, policy: name, afterMs }) };
  }

  flush(): void {
    this.events.flush(undefined);
  }
}
