import type { IncomingMessage } from 'node:http';
import type { Clock } from '../../runtime/clock.ts';

/**
 * What a check speaks of, as Kubernetes' probes have it. `liveness`: only a restart helps. `readiness`:
 * not to be sent requests now. `startup`: not there yet; once passed it is never asked again.
 */
export type HealthKind = 'liveness' | 'readiness' | 'startup';

/** One thing that has to work. */
export interface HealthCheck {
  /**
   * Looks, and throws, rejects or gives `false` where it fails. `signal` aborts when the time is over or
   * the health is disposed of. It runs outside the deadline of the request that asked.
   */
  run(signal: AbortSignal): unknown;
  /** Default `readiness`. */
  readonly kind?: HealthKind | undefined;
  /** A run that takes longer fails. Default that of the health. */
  readonly timeoutMs?: number | undefined;
  /** How long a result is good for, from the end of its run. Default that of the health. */
  readonly cacheMs?: number | undefined;
}

/** Options of `health`; all may be left out. */
export interface HealthOptions {
  /** Readiness fails from the moment that its signal aborts. What `drain` gives, or one's own. */
  readonly drain?: { readonly signal: AbortSignal } | undefined;
  /** By name. A function is a check of kind `readiness`. */
  readonly checks?: Readonly<Record<string, HealthCheck | HealthCheck['run']>> | undefined;
  /** Who may see names, durations and errors of checks. Default nobody; a throw means no. */
  readonly detailsFor?: ((request: IncomingMessage) => boolean) | undefined;
  /** Default `/livez`. */
  readonly livePath?: string | undefined;
  /** Default `/readyz`. */
  readonly readyPath?: string | undefined;
  /** Default `/startupz`. */
  readonly startupPath?: string | undefined;
  /** Default 1,000. */
  readonly timeoutMs?: number | undefined;
  /** Default 1,000; 0 runs checks for every probe, and once for those that come together. */
  readonly cacheMs?: number | undefined;
  readonly clock?: Clock | undefined;
}

/** How one check stands. */
export interface CheckReport {
  readonly name: string;
  readonly kind: HealthKind;
  readonly status: 'pass' | 'fail';
  /** How long its last run took, to its end or its timeout. */
  readonly tookMs: number;
  /** How long ago that was. */
  readonly ageMs: number;
  /** Whether that run still has not ended, long after its timeout. No other is begun meanwhile. */
  readonly hanging: boolean;
  /** What it failed with: its own error, or `HF_TIMEOUT`. */
  readonly error?: unknown;
}

/** What a probe found. */
export interface HealthReport {
  readonly kind: HealthKind;
  readonly status: 'pass' | 'fail';
  /** Readiness then fails, and its checks are left alone. */
  readonly draining: boolean;
  /** Whether startup has passed. */
  readonly started: boolean;
  /** The checks that were asked. */
  readonly checks: readonly CheckReport[];
}

/**
 * What to answer. To HEAD the same is written without the body, which is up to whoever writes:
 * `Content-Length` is that of the answer to GET.
 */
export interface HealthAnswer {
  readonly status: 200 | 503;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The health of a process. Made by `health(options)`. */
export interface Health extends Disposable {
  /** Asks the checks of a kind, or their results where those are fresh. Rejects only for a wrong kind. */
  probe(kind: HealthKind): Promise<HealthReport>;
  /** The answer to a request, or undefined where it is not for one of the paths or not GET or HEAD. */
  answer(request: IncomingMessage): Promise<HealthAnswer> | undefined;
}
