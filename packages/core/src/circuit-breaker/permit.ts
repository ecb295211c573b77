import { HoldfastError, type RefusalCode } from '../errors.ts';
import type { Failure } from '../call.ts';
import type { Machine } from './machine.ts';
import type { AcquireOptions, Permit, Refusal, Verdict } from './types.ts';

/** What a call was let in as; `unrecorded` calls say nothing about the dependency. */
export type PermitKind = 'call' | 'probe' | 'unrecorded';

/** Whoever gave the permit hears how it ended, once. */
export interface PermitIssuer {
  settle(permit: CallPermit, verdict: Verdict, error?: unknown, endedAt?: number): void;
  judge(permit: CallPermit, error: unknown, caller: AcquireOptions | undefined): void;
}

/** Leave for one call; see `Permit`. */
export class CallPermit implements Permit {
  readonly kind: PermitKind;
  readonly generation: number;
  /** When it was given, or NaN when nobody needs the duration. */
  readonly startedAt: number;
  settled = false;
  #watched = false;
  readonly #issuer: PermitIssuer;

  constructor(issuer: PermitIssuer, kind: PermitKind, generation: number, startedAt: number) {
    this.#issuer = issuer;
    this.kind = kind;
    this.generation = generation;
    this.startedAt = startedAt;
  }

  /** Has stalls noticed until it settles. */
  watch(machine: Machine): void {
    this.#watched = true;
    machine.watch();
  }

  unwatch(machine: Machine): void {
    if (!this.#watched) return;
    this.#watched = false;
    machine.unwatch();
  }

  get admitted(): true {
    return true;
  }

  get probe(): boolean {
    return false;
  }

  success(): void {
    this.#issuer.settle(this, 'success');
  }

  failure(reason?: unknown, openForMs?: number): void {
    // What is no duration asks for nothing: a circuit open until NaN would stay so for ever.
    const asks = typeof openForMs === 'number' && openForMs >= 0;
    const verdict = asks ? { failure: true as const, openForMs } : 'failure';
    this.#issuer.settle(this, verdict, reason);
  }

  reject(error: unknown, caller?: AcquireOptions): void {
    this.#issuer.judge(this, error, caller);
  }

  ignore(): void {
    this.#issuer.settle(this, 'ignore');
  }

  [Symbol.dispose](): void {
    this.ignore();
  }
}

/** Leave for one of the calls that decide whether the circuit closes. */
export class ProbePermit extends CallPermit {
  readonly leaseMs: number;
  /** Whether a stall has already prolonged its lease. */
  prolonged = false;

  constructor(issuer: PermitIssuer, generation: number, startedAt: number, leaseMs: number) {
    super(issuer, 'probe', generation, startedAt);
    this.leaseMs = leaseMs;
  }

  override get probe(): true {
    return true;
  }
}

/**
 * A call that was turned away: the answer of `tryAcquire` and of `attempt` alike. Its error is built
 * when somebody reads it, because most callers only look at the answer.
 */
export class CircuitRefusal implements Refusal, Failure {
  readonly admitted = false;
  readonly ok = false;
  readonly code: RefusalCode;
  readonly retryAfterMs: number | undefined;
  readonly #policy: string;
  readonly #cause: unknown;
  #error: HoldfastError | undefined;

  constructor(code: RefusalCode, policy: string, retryAfterMs: number | undefined, cause: unknown) {
    this.code = code;
    this.retryAfterMs = retryAfterMs;
    this.#policy = policy;
    this.#cause = cause;
  }

  get rejection(): HoldfastError {
    this.#error ??= new HoldfastError({
      code: this.code,
      policy: this.#policy,
      retryAfterMs: this.retryAfterMs,
      cause: this.#cause,
    });
    return this.#error;
  }

  get error(): HoldfastError {
    return this.rejection;
  }
}
