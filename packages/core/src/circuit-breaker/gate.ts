import { SingleCallContext } from '../context.ts';
import type { RefusalCode } from '../errors.ts';
import { outOfRange } from '../options/validate.ts';
import { admit, leaseEnd, tick } from './admission.ts';
import { Machine } from './machine.ts';
import {
  CallPermit,
  CircuitRefusal,
  ProbePermit,
  type PermitIssuer,
  type PermitKind,
} from './permit.ts';
import type { Settings } from './settings.ts';
import { settleError } from './judgement.ts';
import { settle } from './settlement.ts';
import type { AcquireOptions, Verdict } from './types.ts';
import { Timekeeper } from './timekeeper.ts';
import { WaitingLine } from './waiting-line.ts';

export type Answer = CallPermit | CircuitRefusal;

const DEFAULT_LEASE_MS = 30_000;
/** Room for a timeout inside the breaker to settle the probe before its lease ends. */
const LEASE_PER_TIMEOUT = 1.5;

const isLeave = (decision: PermitKind | RefusalCode): decision is PermitKind =>
  decision === 'call' || decision === 'probe' || decision === 'unrecorded';

/** A probe that may still settle must not be revoked. */
export const assertLease = ({ halfOpen }: Settings, timeoutMs: number): void => {
  if (halfOpen.leaseMs === undefined || halfOpen.leaseMs >= timeoutMs) return;
  const allowed = `at least the timeout inside the breaker, ${timeoutMs} ms`;
  throw outOfRange('halfOpen.leaseMs', halfOpen.leaseMs, allowed);
};

/**
 * Permits over a machine, and what follows each move: waiters are served, the timer is set, and
 * events are dispatched when the outermost call into the breaker is about to return.
 */
export class Gate implements PermitIssuer {
  readonly machine: Machine;
  /** The longest timeout that a pipeline or an adapter has put inside this breaker. */
  innerTimeoutMs = 0;
  /** One object for all refusals: a flood of them must not cost one each. */
  lastRefusal: { code: RefusalCode; at: number } | undefined = undefined;
  /** Calls that wait for a probe slot. */
  line: WaitingLine<Answer> | undefined = undefined;
  #timekeeper: Timekeeper | undefined = undefined;
  #depth = 0;

  constructor(name: string, settings: Settings) {
    this.machine = new Machine(name, settings);
  }

  get waiting(): number {
    return this.line?.size ?? 0;
  }

  /** Leave or refusal for one call, at once. */
  acquire(measured: boolean): Answer {
    this.enter();
    const now = this.#timeFor(measured);
    const answer = this.#answer(this.#decide(now), now);
    this.leave();
    return answer;
  }

  /** As `acquire`, but a call that may wait gets its answer later; an abort ends the wait. */
  acquireOrWait(measured: boolean, signal: AbortSignal | undefined): Answer | Promise<Answer> {
    this.enter();
    const now = this.#timeFor(measured);
    const decision = this.#decide(now);
    const answer = this.#mayWait(decision)
      ? this.#wait(now, measured, signal)
      : this.#answer(decision, now);
    this.leave();
    return answer;
  }

  settle(permit: CallPermit, verdict: Verdict, error?: unknown, endedAt?: number): void {
    this.enter();
    const { lastOpening } = this.machine;
    settle(this.machine, permit, verdict, endedAt);
    if (this.machine.lastOpening !== lastOpening) this.machine.openedBy = error;
    this.leave();
  }

  judge(permit: CallPermit, error: unknown, caller: AcquireOptions | undefined): void {
    const { clock } = this.machine.settings;
    settleError(this, permit, error, new SingleCallContext(caller, clock));
  }

  /** Begins an operation; events wait until the outermost one ends. */
  enter(): void {
    this.#depth++;
  }

  /** Ends an operation. After a change of mode the line asks again even where the circuit is open. */
  leave(serving: 'refuse-when-open' | 'ask' = 'refuse-when-open'): void {
    if (this.waiting > 0) this.#serve(serving);
    this.setTimer();
    if (--this.#depth === 0) this.machine.flush();
  }

  /** Sets the timer for what time alone will change, if anybody waits for it. */
  setTimer(): void {
    const { eager, check } = this.machine.settings;
    const wanted = eager || check !== undefined || this.waiting > 0;
    if (wanted) this.#timekeeper ??= new Timekeeper(this);
    this.#timekeeper?.set(wanted);
  }

  /** Ends everything that could outlive the breaker. */
  close(): void {
    this.#timekeeper?.close();
    this.machine.closeListeners();
  }

  /** Lets the machine see what time alone has changed. */
  passTime(): void {
    const { machine } = this;
    if (machine.mode !== 'disabled') tick(machine, machine.settings.clock.now());
  }

  /** One reading of the clock for a whole admission; NaN where nobody asks for the time. */
  #timeFor(measured: boolean): number {
    const { state, meter, settings } = this.machine;
    const asked = measured || state !== 'CLOSED' || meter.slowMs !== Infinity;
    return asked ? settings.clock.now() : Number.NaN;
  }

  #decide(now: number): PermitKind | RefusalCode {
    // A slot that time has freed belongs to whoever has waited longest.
    if (this.waiting > 0) {
      this.passTime();
      this.#serve('refuse-when-open');
    }
    return this.#shadowed(admit(this.machine, now));
  }

  /** In `shadow` a refusal of the machine's is only counted; nobody waits. */
  #shadowed(decision: PermitKind | RefusalCode): PermitKind | RefusalCode {
    const { mode, counters, name } = this.machine;
    const machines = decision === 'HF_CIRCUIT_OPEN' || decision === 'HF_PROBE_LIMIT';
    if (mode !== 'shadow' || !machines) return decision;
    counters.wouldRefuse++;
    this.machine.emit('wouldRefuse', { name, code: decision });
    return 'unrecorded';
  }

  #answer(decision: PermitKind | RefusalCode, now: number): Answer {
    if (decision === 'probe') return this.giveProbe(now);
    return isLeave(decision) ? this.#permit(decision, now) : this.refuse(decision, now);
  }

  #permit(kind: 'call' | 'unrecorded', now: number): CallPermit {
    const { generation, counters, meter } = this.machine;
    const permit = new CallPermit(this, kind, generation, now);
    counters.admitted++;
    if (kind === 'unrecorded') counters.unrecorded++;
    else if (meter.slowMs !== Infinity) permit.watch(this.machine);
    return permit;
  }

  /** Leave for a probe; the machine must have said that there is a slot. */
  giveProbe(now: number): ProbePermit {
    const { generation, counters, probes } = this.machine;
    const probe = new ProbePermit(this, generation, now, this.leaseMs());
    counters.admitted++;
    probes?.admit(probe);
    probe.watch(this.machine);
    return probe;
  }

  /** A timeout stands inside this breaker: a lease must not end before it. */
  expectTimeout(timeoutMs: number): void {
    if (timeoutMs <= this.innerTimeoutMs) return;
    assertLease(this.machine.settings, timeoutMs);
    this.innerTimeoutMs = timeoutMs;
  }

  /** The lease of a probe given now. */
  leaseMs(): number {
    const known = this.machine.settings.halfOpen.leaseMs;
    const fallback =
      this.innerTimeoutMs > 0 ? this.innerTimeoutMs * LEASE_PER_TIMEOUT : DEFAULT_LEASE_MS;
    return known ?? fallback;
  }

  /** A refusal, counted. */
  refuse(code: RefusalCode, at: number): CircuitRefusal {
    const { name, settings, counters, openedBy } = this.machine;
    const now = Number.isNaN(at) ? settings.clock.now() : at;
    const retryAfterMs = this.#retryAfterMs(code, now);
    counters.refused++;
    this.lastRefusal ??= { code, at: now };
    this.lastRefusal.code = code;
    this.lastRefusal.at = now;
    if (this.machine.hears('refusal')) this.machine.emit('refusal', { name, code, retryAfterMs });
    return new CircuitRefusal(
      code,
      name,
      retryAfterMs,
      code === 'HF_CIRCUIT_OPEN' ? openedBy : undefined,
    );
  }

  #retryAfterMs(code: RefusalCode, now: number): number | undefined {
    const { machine } = this;
    if (code === 'HF_CIRCUIT_OPEN') return Math.max(0, machine.openUntil - now);
    if (code !== 'HF_PROBE_LIMIT') return undefined;
    const end = machine.ramp?.endsAt ?? this.firstLeaseEnd(now);
    return Math.min(machine.settings.open.baseMs, Math.max(0, end - now));
  }

  /** When the first lease of a probe under way ends. */
  firstLeaseEnd(now: number): number {
    return this.machine.probes?.firstEnd((probe) => leaseEnd(this.machine, probe, now)) ?? Infinity;
  }

  #mayWait(decision: PermitKind | RefusalCode): boolean {
    const { overflow } = this.machine.settings.halfOpen;
    const probing = decision === 'HF_PROBE_LIMIT' && this.machine.ramp === undefined;
    return probing && overflow !== false && this.waiting < overflow.max;
  }

  #wait(now: number, measured: boolean, signal: AbortSignal | undefined): Promise<Answer> {
    const { overflow } = this.machine.settings.halfOpen;
    const waitMs = overflow === false ? 0 : overflow.waitMs;
    this.line ??= new WaitingLine(() => this.setTimer());
    return this.line.join(now + waitMs, measured, signal);
  }

  /** Answers as many as can be answered now, the longest waiting first. */
  #serve(serving: 'refuse-when-open' | 'ask'): void {
    const { machine } = this;
    const now = machine.settings.clock.now();
    while (this.waiting > 0) {
      const open = machine.state === 'OPEN' && machine.mode === 'automatic';
      const decision =
        open && serving === 'refuse-when-open' && !machine.disposed
          ? 'HF_CIRCUIT_OPEN'
          : this.#shadowed(admit(machine, now));
      if (decision === 'HF_PROBE_LIMIT' && machine.ramp === undefined) return;
      const waiter = this.line?.shift();
      waiter?.settle(this.#answer(decision, this.#timeFor(waiter.measured)));
    }
  }
}
