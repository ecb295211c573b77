/** Codes of calls that were turned away before they were sent. */
export type RefusalCode =
  | 'HF_CIRCUIT_OPEN'
  | 'HF_CIRCUIT_ISOLATED'
  | 'HF_PROBE_LIMIT'
  | 'HF_BULKHEAD_FULL'
  | 'HF_RATE_LIMITED'
  | 'HF_LEASE_HELD'
  | 'HF_DRAINING'
  | 'HF_DISPOSED';

/** Every code a policy rejects with. */
export type HoldfastCode =
  | RefusalCode
  | 'HF_TIMEOUT'
  | 'HF_DEADLINE_EXCEEDED'
  | 'HF_HEDGE_LOST'
  | 'HF_STORE_UNAVAILABLE'
  | 'HF_LEASE_LOST'
  | 'HF_SESSION_CONFLICT'
  | 'HF_SESSION_TOO_LARGE';

/** What a rejection is made of. */
export interface RejectionDetails {
  readonly code: HoldfastCode;
  /** The name of the policy that rejected. */
  readonly policy: string;
  /** When it is worth coming back, in milliseconds from now. */
  readonly retryAfterMs?: number | undefined;
  /** How long the call was given before the policy ended it, in milliseconds. */
  readonly afterMs?: number | undefined;
  readonly cause?: unknown;
}

const BRAND: unique symbol = Symbol.for('holdfast.rejection');

const REFUSALS: Readonly<Record<RefusalCode, true>> = {
  HF_CIRCUIT_OPEN: true,
  HF_CIRCUIT_ISOLATED: true,
  HF_PROBE_LIMIT: true,
  HF_BULKHEAD_FULL: true,
  HF_RATE_LIMITED: true,
  HF_LEASE_HELD: true,
  HF_DRAINING: true,
  HF_DISPOSED: true,
};

/** Of errors from now on. Where a program has frozen what all share (`--frozen-intrinsics`), they have their stacks. */
const limitStack = (frames: number): void => {
  try {
    Error.stackTraceLimit = frames;
  } catch {}
};

/**
 * A rejection by a policy. Recognise it with `isRejection` and tell kinds apart by `code`, both of
 * which work across two copies of this package.
 *
 * It is a real `Error` without a captured stack (a stack costs six times the rest of a refusal and
 * shows only Holdfast), and its message is built when somebody reads it.
 */
export class HoldfastError extends Error {
  readonly code: HoldfastCode;
  readonly policy: string;
  readonly retryAfterMs: number | undefined;
  readonly afterMs: number | undefined;

  readonly #cause: unknown;

  constructor(details: RejectionDetails) {
    const limit = Error.stackTraceLimit;
    limitStack(0);
    super();
    limitStack(limit);
    this.#cause = details.cause;
    this.code = details.code;
    this.policy = details.policy;
    this.retryAfterMs = details.retryAfterMs;
    this.afterMs = details.afterMs;
  }

  /** What the dependency said before the policy stepped in, where there is such an error. */
  override get cause(): unknown {
    return this.#cause;
  }

  override get message(): string {
    return describe(this);
  }

  override get name(): string {
    return 'HoldfastError';
  }
}

// The brand is defined, not declared: it is nothing that users should see in the type.
Object.defineProperty(HoldfastError.prototype, BRAND, {
  get(this: HoldfastError): 'refusal' | 'rejection' {
    return this.code in REFUSALS ? 'refusal' : 'rejection';
  },
});

const SUBJECT: Readonly<Record<HoldfastCode, (policy: string) => string>> = {
  HF_CIRCUIT_OPEN: (policy) => `circuit "${policy}" is open`,
  HF_CIRCUIT_ISOLATED: (policy) => `circuit "${policy}" is isolated`,
  HF_PROBE_LIMIT: (policy) => `circuit "${policy}" is half-open and admits no further call`,
  HF_BULKHEAD_FULL: (policy) => `bulkhead "${policy}" is full`,
  HF_RATE_LIMITED: (policy) => `rate limit "${policy}" is used up`,
  HF_LEASE_HELD: (policy) => `lease "${policy}" is held by others`,
  HF_DRAINING: (policy) => `"${policy}" is draining: this process is about to end`,
  HF_DISPOSED: (policy) => `policy "${policy}" is disposed`,
  HF_TIMEOUT: (policy) => `timeout "${policy}": the call did not settle`,
  HF_DEADLINE_EXCEEDED: (policy) => `"${policy}": the deadline of the call passed`,
  HF_HEDGE_LOST: (policy) => `hedge "${policy}": another attempt answered first`,
  HF_STORE_UNAVAILABLE: (policy) => `store "${policy}" is not available`,
  HF_LEASE_LOST: (policy) => `lease "${policy}" is lost: it could not be renewed in time`,
  HF_SESSION_CONFLICT: (policy) => `session "${policy}" was changed by another request meanwhile`,
  HF_SESSION_TOO_LARGE: (policy) => `session "${policy}" holds more than it may`,
};

const describe = ({ code, policy, retryAfterMs, afterMs }: HoldfastError): string => {
  const subject = SUBJECT[code](policy);
  const after = afterMs === undefined ? '' : ` within ${Math.round(afterMs)} ms`;
  const retry = retryAfterMs === undefined ? '' : `; retry in ${Math.ceil(retryAfterMs)} ms`;
  return subject + after + retry;
};

const brandOf = (error: unknown): unknown => {
  if (typeof error !== 'object' || error === null) return undefined;
  try {
    return BRAND in error ? error[BRAND] : undefined;
  } catch {
    return undefined; // a hostile proxy or getter is no rejection of ours
  }
};

/** True for every error a policy of Holdfast made, also one of another copy of this package. */
export const isRejection = (error: unknown): error is HoldfastError => {
  const brand = brandOf(error);
  return brand === 'refusal' || brand === 'rejection';
};

/** True for a rejection of a call that was never sent: no other policy counts or retries it. */
export const isRefusal = (error: unknown): error is HoldfastError & { code: RefusalCode } =>
  brandOf(error) === 'refusal';

/** A refusal, or an error that carries one as its cause, as `fetch` does with its dispatcher's. */
export const holdsRefusal = (error: unknown): boolean => {
  if (isRefusal(error)) return true;
  try {
    return error instanceof Error && isRefusal(error.cause);
  } catch {
    return false; // a hostile getter carries nothing
  }
};
