import type { HoldfastError } from '../../errors.ts';
import type { Random, Clock } from '../../runtime/clock.ts';
import type { TakenSource } from '../../stateless/limit/types.ts';

/**
 * A function of a request, as an option. It is as loose as a method is: one that is typed by the state of its
 * own app fits.
 */
export type OfRequest<Subject extends readonly unknown[], Answer> = {
  of(...subject: Subject): Answer;
}['of'];

/** What a rate limit decided about a request. */
export interface RateLimitDecision {
  readonly name: string;
  readonly admitted: boolean;
  /** Units there are at most. */
  readonly limit: number;
  /** Whole units that are left. */
  readonly remaining: number;
  /** When all units are there again if nobody takes any. */
  readonly resetMs: number;
  /** When the units are there that were refused; undefined for an admitted request, and when never. */
  readonly retryAfterMs: number | undefined;
  /** Who decided: `local` is this process by itself, as it always is without a store. */
  readonly source: TakenSource;
}

/** What a handler can learn of its request. */
export interface Inbound {
  /**
   * Aborts when a guard answers in the handler's stead (with the `HoldfastError` as its reason), or
   * when the response is over before it is complete: the client left, or the connection broke
   * (`AbortError`). Hand it to every call the handler makes. Node's own `req.signal` is missing in
   * Node 22 and aborts too early in 24.16 and 26.1 (nodejs/node#64390).
   */
  readonly signal: AbortSignal;
  /** When the work must be done, in monotonic milliseconds; undefined without a limit. */
  readonly deadline: number | undefined;
  /** Milliseconds that are left, never below 0; `Infinity` without a limit. */
  remainingMs(): number;
  /** What each rate limit on the way decided, in their order. */
  readonly rateLimits: readonly RateLimitDecision[];
}

/** Body of an answer in a handler's stead (RFC 9457, `application/problem+json`). */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** When it is worth coming back. */
  readonly retryAfterMs?: number;
  /** Names of the rate limits that were exceeded. */
  readonly 'violated-policies'?: readonly string[];
}

/** A request that is answered in the handler's stead. */
export interface Rejection {
  /** For logs: its message names policies, which clients need not know. */
  readonly error: HoldfastError;
  readonly status: number;
  /** Fields of the answer but those of its body. */
  readonly headers: Readonly<Record<string, string>>;
  readonly problem: Problem;
}

/** An answer of one's own; what is left out is as in the default answer. */
export interface RejectionAnswer {
  readonly status?: number | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Text, bytes, or an object that is sent as JSON. */
  readonly body?: string | Uint8Array | object | undefined;
}

/** Options that every guard has. `Subject` is what the framework hands to functions of a request. */
export interface AnswerOptions<Subject extends readonly unknown[]> {
  /**
   * Answers a rejected request otherwise: it returns what to send and must not write itself. Undefined,
   * or a throw, means the default answer.
   */
  readonly onReject?:
    | ((rejection: Rejection, ...subject: Subject) => RejectionAnswer | undefined)
    | undefined;
  readonly clock?: Clock | undefined;
  /** Spreads `Retry-After`. Default `Math.random`. */
  readonly random?: Random | undefined;
}
