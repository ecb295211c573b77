import { callChannel } from '../events/channels.ts';
import type { Gate } from './gate.ts';
import { settleError, settleValue } from './judgement.ts';
import { CallPermit } from './permit.ts';
import type { JudgedContext } from './verdict.ts';
import { SUCCESS } from './window.ts';

/**
 * Calls in CLOSED that nobody times, judges or listens to: their generation is all that is kept of
 * them, no permit and no clock at admission.
 */
export class PlainCalls {
  readonly #gate: Gate;
  #plain = true;

  constructor(gate: Gate) {
    this.#gate = gate;
    this.find();
  }

  /** To be called whenever something changed that this would miss. */
  find(): void {
    const { machine } = this.#gate;
    const { settings, meter, mode, isolations, disposed } = machine;
    const judged = settings.classify !== undefined || meter.slowMs !== Infinity;
    const refuses = mode !== 'automatic' || isolations.length > 0 || disposed;
    this.#plain = !judged && !refuses && !machine.hears('outcome');
  }

  /** Whether the next call can be one. */
  get open(): boolean {
    return this.#plain && this.#gate.machine.state === 'CLOSED' && !callChannel.hasSubscribers;
  }

  /** Lets a call in; its generation. */
  admit(): number {
    const { machine } = this.#gate;
    machine.counters.admitted++;
    return machine.generation;
  }

  succeed(generation: number, value: unknown, context?: JudgedContext): void {
    const { machine } = this.#gate;
    if (generation === machine.generation && this.#plain) {
      machine.counters.successes++;
      const { meter } = machine;
      meter.record(SUCCESS, meter.timed ? machine.settings.clock.now() : 0);
    } else settleValue(this.#gate, this.permit(generation), value, context);
  }

  fail(generation: number, error: unknown, context?: JudgedContext): void {
    settleError(this.#gate, this.permit(generation), error, context);
  }

  /** The permit a call did without, for an end that needs one. */
  permit(generation: number): CallPermit {
    return new CallPermit(this.#gate, 'call', generation, Number.NaN);
  }
}
