/** What a worker and its supervisor say to one another over the IPC channel: objects with a `holdfast` member. */

/** Why a worker leaves that nobody told to. */
export type LeavingReason = 'signal' | 'asked' | 'error' | 'orphaned';

/** How a worker that leaves has gone through its drain. */
export interface FarewellReport {
  /** Whether nothing was cut and all teardown was done. */
  readonly clean: boolean;
  readonly tookMs: number;
  /** What was cut at the deadline, or was still open then; empty where the drain was clean. */
  readonly open: readonly string[];
}

/** Counted by the worker itself, once a second. */
export interface WorkerVitals {
  /** Requests of HTTP that were begun since the process started. */
  readonly requests: number;
  readonly inFlight: number;
  readonly rssBytes: number;
  /** Utilisation of the event loop since the last time, from 0 to 1. */
  readonly eventLoopUtilization: number;
}

export type FromWorker =
  /** A standby has loaded the program, and holds its servers back until `activate`. */
  | { readonly holdfast: 'loaded' }
  | { readonly holdfast: 'ready' }
  | { readonly holdfast: 'vitals'; readonly vitals: WorkerVitals }
  /**
   * It will end, and its place may be taken. `isServing`: it takes requests until `drain`, or the end of the channel; else
   * it takes no more, which may come a second time, without it, after the first.
   */
  | {
      readonly holdfast: 'leaving';
      readonly reason: LeavingReason;
      readonly detail: string;
      readonly isServing: boolean;
    }
  /** It wants to end, and does so at `goodbye`: what was handed to it until then has reached it. */
  | { readonly holdfast: 'bye'; readonly report: FarewellReport }
  /** Another worker would fail in the same way: the port is in use, or may not be used. */
  | { readonly holdfast: 'fatal'; readonly detail: string }
  | { readonly holdfast: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly holdfast: 'failure'; readonly id: number; readonly detail: string };

export type ToWorker =
  /** A standby has a slot from now on, and may listen. */
  | { readonly holdfast: 'activate'; readonly slot: number }
  /** Drain and say `bye`; all of it within `deadlineMs`. `announce`: serve on for `announceMs` before that. */
  | {
      readonly holdfast: 'drain';
      readonly reason: string;
      readonly deadlineMs: number;
      readonly announce?: boolean | undefined;
    }
  | { readonly holdfast: 'goodbye' }
  | { readonly holdfast: 'message'; readonly topic: string; readonly data: unknown }
  | {
      readonly holdfast: 'request';
      readonly id: number;
      readonly topic: string;
      readonly data: unknown;
    };

/** Topics of Holdfast's own requests begin with this; those of users must not. */
export const OWN_TOPIC = 'holdfast:';
/** Asks a worker for its metrics: `MetricFamily[]`. */
export const METRICS_TOPIC = 'holdfast:metrics';
