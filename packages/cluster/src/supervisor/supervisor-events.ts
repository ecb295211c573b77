import type { FarewellReport, LeavingReason, WorkerVitals } from '../protocol/messages.ts';
import type { WorkerName, WorkerState } from './status-types.ts';

/** Why a worker was replaced, or is about to be. */
export type ReplaceCause = 'crash' | 'leaving' | 'blocked' | 'recycle' | 'reload' | 'never-ready';

/** What `on` of a supervisor can listen to. */
export interface SupervisorEvents {
  workerStarted: WorkerName;
  /** `tookMs` since it was forked, or for a standby since it was activated. */
  workerReady: WorkerName & { readonly tookMs: number };
  /** Its event loop stands still; `stack` is undefined where native code holds it or none could be had. */
  workerBlocked: WorkerName & {
    readonly blockedMs: number;
    readonly stack: string | undefined;
    readonly detail: string;
  };
  /** The event loop of one that was blocked goes on. */
  workerUnblocked: WorkerName & { readonly blockedMs: number };
  /** It takes no more requests and will end. */
  workerLeaving: WorkerName & {
    readonly reason: LeavingReason | ReplaceCause | 'scale' | 'stop';
    readonly detail: string;
  };
  workerExited: WorkerName & {
    readonly exitCode: number | null;
    readonly signal: NodeJS.Signals | null;
    /** What it gave as the reason, or why it could not be started; empty where nothing is known. */
    readonly detail: string;
    /** Whether it left as it was told or had said, and nothing was cut. */
    readonly clean: boolean;
    /** What it was when it did. */
    readonly state: WorkerState;
    readonly report: FarewellReport | undefined;
    /** The last that it told of itself; null where it never did. */
    readonly vitals: WorkerVitals | null;
  };
  restartScheduled: {
    readonly slot: number;
    readonly cause: ReplaceCause;
    readonly failures: number;
    readonly delayMs: number;
  };
  /** The next restart waits for `retryAfterMs`. */
  budgetExhausted: { readonly slot: number; readonly retryAfterMs: number };
  /** The slot stays empty: a fatal exit. */
  slotGivenUp: { readonly slot: number; readonly detail: string };
  reloadStarted: { readonly generation: number; readonly reason: string };
  reloadCompleted: ReloadReport;
  /** `replaced`: so many workers are new, and stay. */
  reloadAborted: Pick<ReloadReport, 'generation' | 'reason' | 'replaced'> & {
    readonly detail: string;
  };
  scaled: { readonly from: number; readonly to: number };
  stopping: { readonly reason: string };
  stopped: StopReport;
}

/** One event, with when it happened by the time of day: what `events()` and the control socket give. */
export type SupervisorEvent = {
  [Type in keyof SupervisorEvents]: {
    readonly type: Type;
    readonly atMs: number;
  } & SupervisorEvents[Type];
}[keyof SupervisorEvents];

export interface ReloadReport {
  readonly generation: number;
  readonly reason: string;
  readonly tookMs: number;
  readonly replaced: number;
}

export interface StopReport {
  readonly reason: string;
  readonly tookMs: number;
  /** Whether every worker left by itself and cut nothing. */
  readonly clean: boolean;
  /** How many had to be killed. */
  readonly killed: number;
}
