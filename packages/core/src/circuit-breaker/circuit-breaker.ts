import { HoldfastError } from '../errors.ts';
import { nameOf, numberIn, oneOf, outOfRange } from '../options/validate.ts';
import { STAGES, type Stage } from '../pipeline/stage.ts';
import { BreakerCalls } from './breaker-calls.ts';
import { BreakerStage } from './breaker-stage.ts';
import { explain } from './explain.ts';
import { assertLease } from './gate.ts';
import type { Machine } from './machine.ts';
import { parseSavedCircuit, restore, save } from './saved-circuit.ts';
import { breakerNameOf, settingsOf, updatedSettings } from './settings.ts';
import { snapshotOfBreaker } from './snapshot.ts';
import type {
  BreakerEvents,
  BreakerSnapshot,
  CircuitBreaker,
  CircuitBreakerOptions,
  CircuitMode,
  CircuitState,
  Explanation,
  SavedCircuit,
} from './types.ts';

class Breaker extends BreakerCalls implements CircuitBreaker {
  constructor(options: CircuitBreakerOptions) {
    super(breakerNameOf(options), settingsOf(options));
    this.gate.setTimer();
  }

  get state(): CircuitState {
    return this.gate.machine.state;
  }

  get inFlight(): number {
    return this.gate.machine.counters.inFlight;
  }

  get mode(): CircuitMode {
    return this.gate.machine.mode;
  }

  get [STAGES](): readonly Stage[] {
    return [new BreakerStage(this.gate, this.plain)];
  }

  open(ms?: number): void {
    this.#assertAlive();
    if (ms === Infinity)
      throw outOfRange('ms', ms, 'a finite number; to refuse for ever use isolate');
    if (ms !== undefined) numberIn('ms', ms, { min: 0 });
    this.#command((machine) => machine.openNow(ms));
  }

  reset(): void {
    this.#assertAlive();
    this.#command((machine) => machine.reset());
  }

  isolate(reason: string): Disposable {
    this.#assertAlive();
    nameOf('reason', reason);
    const isolation = this.#command((machine) => machine.isolate(reason));
    return { [Symbol.dispose]: () => this.#command((machine) => machine.release(isolation)) };
  }

  setMode(mode: CircuitMode): void {
    this.#assertAlive();
    oneOf('mode', mode, ['automatic', 'disabled', 'shadow']);
    this.#command((machine) => machine.setMode(mode), 'ask');
  }

  update(change: Partial<CircuitBreakerOptions>): void {
    this.#assertAlive();
    const settings = updatedSettings(this.gate.machine.settings, change);
    assertLease(settings, this.gate.innerTimeoutMs);
    this.#command((machine) => {
      if (settings.trip !== machine.settings.trip) {
        machine.meter = machine.meter.changedTo(settings.trip, settings.clock.now());
      }
      machine.settings = settings;
    });
  }

  save(): SavedCircuit {
    return save(this.gate.machine);
  }

  restore(saved: unknown): void {
    this.#assertAlive();
    const circuit = parseSavedCircuit(saved);
    this.#command((machine) => restore(machine, circuit));
  }

  explain(): Explanation {
    return explain(this.gate);
  }

  snapshot(): BreakerSnapshot {
    return snapshotOfBreaker(this.gate);
  }

  on<Name extends keyof BreakerEvents>(
    name: Name,
    listener: (event: BreakerEvents[Name]) => void,
  ): Disposable {
    const registration = this.gate.machine.listeners.on(name, listener);
    this.plain.find();
    return {
      [Symbol.dispose]: () => {
        registration[Symbol.dispose]();
        this.plain.find();
      },
    };
  }

  [Symbol.dispose](): void {
    if (this.gate.machine.disposed) return;
    this.#command((machine) => machine.dispose());
    this.gate.close();
  }

  #command<T>(act: (machine: Machine) => T, serving?: 'ask'): T {
    const { gate } = this;
    gate.enter();
    try {
      return act(gate.machine);
    } finally {
      this.plain.find();
      gate.leave(serving);
    }
  }

  #assertAlive(): void {
    const { disposed, name } = this.gate.machine;
    if (disposed) throw new HoldfastError({ code: 'HF_DISPOSED', policy: name });
  }
}

/**
 * A circuit breaker: stops calling what keeps failing, and finds out when it is back.
 *
 * Throws `TypeError` or `RangeError` naming the option, its value and what is allowed.
 */
export const circuitBreaker = (options: CircuitBreakerOptions): CircuitBreaker =>
  new Breaker(options);
