import type { CallRecord, Ending, PolicyDescription, Refused, Stage } from '../pipeline/stage.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Gate } from './gate.ts';
import { settleError, settleValue } from './judgement.ts';
import type { CallPermit } from './permit.ts';
import type { PlainCalls } from './plain-calls.ts';

/** What a call through a breaker comes back with: a permit, or the generation of a plain call. */
type Ticket = CallPermit | number;

/** A breaker in a stack. */
export class BreakerStage implements Stage<Ticket> {
  readonly role = 'judges';
  readonly #gate: Gate;
  readonly #plain: PlainCalls;

  constructor(gate: Gate, plain: PlainCalls) {
    this.#gate = gate;
    this.#plain = plain;
  }

  get clock(): Clock {
    return this.#gate.machine.settings.clock;
  }

  enter(record: CallRecord): Ticket | Refused | Promise<Ticket | Refused> {
    // What a deadline ends is judged by how long it ran, so such a call is no plain one.
    return record.deadline === undefined && this.#plain.open
      ? this.#plain.admit()
      : this.#acquire(record);
  }

  leave(ticket: Ticket, ending: Ending, record: CallRecord): undefined {
    if (typeof ticket !== 'number') this.#settle(ticket, ending, record);
    else if (ending.ok) this.#plain.succeed(ticket, ending.value, record);
    else this.#failPlain(ticket, ending, record);
  }

  describe(): PolicyDescription {
    const { name, settings } = this.#gate.machine;
    const { clock: _clock, random: _random, stalls: _stalls, ...options } = settings;
    return { policy: 'circuit-breaker', name, options };
  }

  composed({ timeoutMs }: { readonly timeoutMs: number }): void {
    this.#gate.expectTimeout(timeoutMs);
  }

  #acquire(record: CallRecord): CallPermit | Refused | Promise<CallPermit | Refused> {
    const { machine } = this.#gate;
    const measured = record.deadline !== undefined || machine.measures();
    return machine.settings.halfOpen.overflow === false
      ? this.#gate.acquire(measured)
      : this.#gate.acquireOrWait(measured, record.signal);
  }

  #settle(permit: CallPermit, ending: Ending, record: CallRecord): void {
    if (ending.ok) settleValue(this.#gate, permit, ending.value, record);
    else if (ending.unsent === true) permit.ignore();
    else settleError(this.#gate, permit, ending.error, record);
  }

  #failPlain(generation: number, ending: Ending & { ok: false }, record: CallRecord): void {
    if (ending.unsent === true) this.#plain.permit(generation).ignore();
    else this.#plain.fail(generation, ending.error, record);
  }
}
