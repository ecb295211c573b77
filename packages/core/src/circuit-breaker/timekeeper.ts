import { deadlinesOf, type Deadline } from '../runtime/deadline-queue.ts';
import { admit, tick } from './admission.ts';
import type { Gate } from './gate.ts';
import { HealthCheck } from './health-check.ts';

/**
 * The one timer of a breaker, for those who do not wait for the next call: waiters, `eager` and
 * `check`. Only waiters keep the process alive.
 */
export class Timekeeper implements Deadline {
  due: number = Infinity;
  position = -1;
  keepsAlive = false;
  readonly #gate: Gate;
  /** The check that runs, or ran last. */
  #check: HealthCheck | undefined = undefined;

  constructor(gate: Gate) {
    this.#gate = gate;
  }

  /** Moves the timer to the next change, or takes it away. */
  set(wanted: boolean): void {
    const { machine, waiting } = this.#gate;
    const due = wanted && !machine.disposed ? this.#nextChange() : Infinity;
    const keepsAlive = waiting > 0;
    if (due === this.due && keepsAlive === this.keepsAlive) return;
    const queue = deadlinesOf(machine.settings.clock);
    queue.remove(this);
    this.due = due;
    this.keepsAlive = keepsAlive;
    if (due === Infinity) queue.tidy();
    else queue.add(this);
  }

  fire(): void {
    const gate = this.#gate;
    const { machine, line } = gate;
    const now = machine.settings.clock.now();
    this.due = Infinity;
    gate.enter();
    if (machine.mode !== 'disabled') {
      if (machine.state === 'OPEN' && now >= machine.openUntil) machine.halfOpen(now);
      else tick(machine, now);
      this.#runCheck(now);
    }
    for (const waiter of line?.takeOverdue(now) ?? [])
      waiter.settle(gate.refuse('HF_PROBE_LIMIT', now));
    gate.leave();
  }

  close(): void {
    this.#check?.abandon();
    this.set(false);
  }

  /** The earliest moment at which time alone changes something. */
  #nextChange(): number {
    const { machine, line } = this.#gate;
    const { settings, state, mode } = machine;
    const waitEnds = line?.firstEnd() ?? Infinity;
    if (mode === 'disabled' || state === 'CLOSED') return waitEnds;
    if (state === 'OPEN') return Math.min(waitEnds, machine.openUntil);
    const now = settings.clock.now();
    return Math.min(waitEnds, machine.ramp?.endsAt ?? this.#nextProbe(now));
  }

  #nextProbe(now: number): number {
    const { settings, isolations, probes } = this.#gate.machine;
    // One check at a time, and none beside a user's probe that was admitted before there was a check.
    const idle = probes?.unsettled === 0 && isolations.length === 0;
    return settings.check !== undefined && idle ? now : this.#gate.firstLeaseEnd(now);
  }

  #runCheck(now: number): void {
    const { machine } = this.#gate;
    const { check, clock } = machine.settings;
    if (check === undefined || (machine.probes?.unsettled ?? 0) > 0) return;
    if (admit(machine, now, 'check') !== 'probe') return;
    this.#check?.abandon();
    this.#check = new HealthCheck(machine.name, this.#gate.giveProbe(now), clock);
    this.#check.run(check);
  }
}
