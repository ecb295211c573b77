import type { Ending, Refused, Stage, CallRecord } from '../pipeline/stage.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Gate } from './gate.ts';
import { settleError, settleValue } from './judgement.ts';
import type { CallPermit } from './permit.ts';

/** A breaker in a stack: the ticket is a permit. */
export class BreakerStage implements Stage<CallPermit> {
  readonly #gate: Gate;

  constructor(gate: Gate) {
    this.#gate = gate;
  }

  enter(record: CallRecord): CallPermit | Refused | Promise<CallPermit | Refused> {
    const { machine } = this.#gate;
    const measured = record.deadline !== undefined || machine.measures();
    return machine.settings.halfOpen.overflow === false
      ? this.#gate.acquire(measured)
      : this.#gate.acquireOrWait(measured, record.signal);
  }

  get clock(): Clock {
    return this.#gate.machine.settings.clock;
  }

  leave(permit: CallPermit, ending: Ending, record: CallRecord): undefined {
    if (!ending.ok && ending.unsent === true) permit.ignore();
    else if (ending.ok) settleValue(this.#gate, permit, ending.value, record);
    else settleError(this.#gate, permit, ending.error, record);
  }

  composed({ timeoutMs }: { readonly timeoutMs: number }): void {
    this.#gate.expectTimeout(timeoutMs);
  }
}
