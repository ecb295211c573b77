import { Emitter } from '../events/emitter.ts';
import { breakDuration } from './break-duration.ts';
import { breakerTap } from './breaker-channel.ts';
import { Counters } from './counters.ts';
import { Probes } from './probes.ts';
import { Ramp } from './ramp.ts';
import { enrol } from './roll.ts';
import type { Settings } from './settings.ts';
import { TripMeter } from './trip-meter.ts';
import type { BreakerEvents, CircuitMode, CircuitState, TransitionReason } from './types.ts';
import type { WindowSnapshot } from './window.ts';

/** A change of state, kept for `explain`. */
export interface Transition {
  readonly from: CircuitState;
  readonly to: CircuitState;
  readonly reason: TransitionReason;
  readonly at: number;
  readonly window: WindowSnapshot | undefined;
}

const NO_ISOLATIONS: readonly { readonly reason: string }[] = Object.freeze([]);

/**
 * State, generation and every move between them. It makes no promise, sets no timer and calls no
 * listener; `admission.ts` and `settlement.ts` decide when to move.
 */
export class Machine {
  readonly name: string;
  settings: Settings;
  meter: TripMeter;
  readonly counters: Counters = new Counters();
  state: CircuitState = 'CLOSED';
  mode: CircuitMode = 'automatic';
  generation = 0;
  disposed = false;
  /** Opens in a row: the k of the break. */
  consecutiveOpens = 0;
  openUntil = 0;
  closedAt: number;
  /** Present while probing. */
  probes: Probes | undefined = undefined;
  /** Present while ramping. */
  ramp: Ramp | undefined = undefined;
  isolations: readonly { readonly reason: string }[] = NO_ISOLATIONS;
  lastTransition: Transition | undefined = undefined;
  lastOpening: Transition | undefined = undefined;
  /** The failure that opened the circuit: the cause of its refusals. */
  openedBy: unknown = undefined;
  /** Calls whose time the stall monitor watches. */
  #watching = 0;
  /** Made when somebody first listens: most breakers are never listened to. */
  #emitter: Emitter<BreakerEvents> | undefined = undefined;

  constructor(name: string, settings: Settings) {
    this.name = name;
    this.settings = settings;
    this.meter = new TripMeter(settings.trip);
    this.closedAt = settings.clock.now();
    enrol(this);
  }

  get listeners(): Emitter<BreakerEvents> {
    this.#emitter ??= new Emitter(breakerTap);
    return this.#emitter;
  }

  /** Whether an event is worth building. */
  hears(name: keyof BreakerEvents): boolean {
    return this.#emitter === undefined ? breakerTap.hears(name) : this.#emitter.hears(name);
  }

  /** Whether the duration of every call is asked for; slow rules ask for themselves. */
  measures(): boolean {
    return this.settings.classify !== undefined || this.hears('outcome');
  }

  emit<Name extends keyof BreakerEvents>(name: Name, event: BreakerEvents[Name]): void {
    if (this.hears(name)) this.listeners.emit(name, event);
  }

  /** Dispatches what was emitted. */
  flush(): void {
    this.#emitter?.flush(this.settings.onListenerError);
  }

  /** What was emitted is still heard, nothing after it. */
  closeListeners(): void {
    this.listeners.close();
  }

  /** OPEN by evidence: one more open in a row, unless CLOSED had lasted long enough. */
  trip(reason: TransitionReason, now: number, openForMs?: number): void {
    const { open, random } = this.settings;
    const stable = this.state === 'CLOSED' && now - this.closedAt >= open.stableForMs;
    this.consecutiveOpens = stable ? 1 : this.consecutiveOpens + 1;
    this.openFor(breakDuration(open, this.consecutiveOpens, random(), openForMs), reason, now);
  }

  /** OPEN for `ms` from now, whatever the state was. */
  openFor(ms: number, reason: TransitionReason, now: number): void {
    this.openUntil = now + ms;
    if (this.state !== 'OPEN') this.#become('OPEN', reason, now, ms);
  }

  /** OPEN by command, for `ms` or for the next break; k stays. */
  openNow(ms?: number): void {
    const { open, random, clock } = this.settings;
    this.openedBy = undefined;
    const breakMs = ms ?? breakDuration(open, this.consecutiveOpens, random());
    this.openFor(breakMs, 'opened', clock.now());
  }

  halfOpen(now: number): void {
    this.#become('HALF_OPEN', 'break-over', now);
    this.probes = new Probes();
  }

  /** The probes succeeded: CLOSED with an empty window, or a ramp with a fresh one. */
  probesSucceeded(now: number): void {
    const { ramp } = this.settings.halfOpen;
    this.meter.clear();
    if (ramp === false) {
      this.close('probes-succeeded', now);
      return;
    }
    this.generation++;
    this.probes = undefined;
    this.ramp = new Ramp(ramp, now);
    this.emit('ramp', { name: this.name, ...ramp });
  }

  /** CLOSED; the window stays as it is, the streak of failures ends. */
  close(reason: TransitionReason, now: number): void {
    this.closedAt = now;
    this.openedBy = undefined;
    this.meter.endStreak();
    this.#become('CLOSED', reason, now);
  }

  reset(): void {
    const now = this.settings.clock.now();
    this.meter.clear();
    this.consecutiveOpens = 0;
    if (this.state === 'CLOSED') {
      this.generation++;
      this.closedAt = now;
    } else this.close('reset', now);
  }

  setMode(mode: CircuitMode): void {
    const { mode: from } = this;
    if (mode === from) return;
    this.mode = mode;
    if (from === 'automatic') this.#interrupt('mode-changed');
    else this.reset();
    this.emit('mode', { name: this.name, from, to: mode });
  }

  isolate(reason: string): { readonly reason: string } {
    const isolation = { reason };
    this.isolations = [...this.isolations, isolation];
    if (this.isolations.length === 1) {
      this.generation++;
      // The probes in flight are late from now on, so their slots and leases are void.
      if (this.probes !== undefined) {
        this.probes.unwatchAll(this);
        this.probes = new Probes();
      }
      this.#emitIsolation();
    }
    return isolation;
  }

  release(isolation: { readonly reason: string }): void {
    if (!this.isolations.includes(isolation)) return;
    this.isolations = this.isolations.filter((each) => each !== isolation);
    if (this.isolations.length > 0 || this.disposed) return;
    this.#interrupt('released');
    this.#emitIsolation();
  }

  /** Nothing is watched any more, not even calls that never settle. */
  dispose(): void {
    const { stalls } = this.settings;
    for (; this.#watching > 0; this.#watching--) stalls.unwatch();
    stalls.tidy();
    this.disposed = true;
    this.generation++;
  }

  watch(): void {
    this.#watching++;
    this.settings.stalls.watch();
  }

  unwatch(): void {
    if (this.#watching === 0) return;
    this.#watching--;
    this.settings.stalls.unwatch();
  }

  /** Calls in flight become late; HALF_OPEN, which lives by them, is OPEN with nothing left to wait. */
  #interrupt(reason: TransitionReason): void {
    if (this.state === 'HALF_OPEN') this.openFor(0, reason, this.settings.clock.now());
    else this.generation++;
  }

  #emitIsolation(): void {
    this.emit('isolation', {
      name: this.name,
      isolated: this.isolations.length > 0,
      reasons: this.isolations.map(({ reason }) => reason),
    });
  }

  #become(to: CircuitState, reason: TransitionReason, now: number, openForMs?: number): void {
    const { state: from, name } = this;
    this.generation++;
    this.state = to;
    this.probes?.unwatchAll(this);
    this.probes = undefined;
    this.ramp = undefined;
    this.lastTransition = { from, to, reason, at: now, window: this.meter.view(now) };
    if (to === 'OPEN') this.lastOpening = this.lastTransition;
    const { generation } = this;
    this.emit('transition', {
      name,
      from,
      to,
      reason,
      generation,
      openForMs,
    });
  }
}
