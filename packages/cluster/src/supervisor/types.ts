import type { MetricFamily } from '../metrics/types.ts';
import type { SupervisorStatus } from './status-types.ts';
import type {
  ReloadReport,
  StopReport,
  SupervisorEvent,
  SupervisorEvents,
} from './supervisor-events.ts';

export type * from './status-types.ts';
export type * from './supervise-options.ts';
export type * from './supervisor-events.ts';

/** What `metrics()` found. */
export interface ClusterMetrics {
  /** Merged over all workers, with the cluster's own. */
  readonly families: readonly MetricFamily[];
  /** Slots whose worker did not answer in time. */
  readonly missing: readonly number[];
}

export interface RequestOptions {
  /** How long to wait for the answer; `HF_WORKER_SILENT` then. Default 5,000. */
  readonly timeoutMs?: number | undefined;
}

/** Made by `supervise(options)`. */
export interface Supervisor extends AsyncDisposable {
  readonly name: string;
  /** When it has stopped, for whatever reason. Never rejects. */
  readonly stopped: Promise<StopReport>;
  /**
   * Replaces every worker by one of the program as it is now: one at a time, the new one before the old. Rejects with
   * `HF_RELOAD_ABORTED` at the first that does not become ready or stay so for `soakMs`; that one is then stopped, and
   * all others stay as they are: those that have been replaced already are new, and the error says how many. Called
   * while one is under way it runs another after that, one for all who call. `reason` stands in events; default `reload`.
   */
  reload(reason?: string): Promise<ReloadReport>;
  /**
   * How many workers there are from now on. Resolves once they are ready, or gone; where a new one fails it rejects, and
   * there are as many as before. Slots that were given up have another try.
   */
  scale(workers: number): Promise<void>;
  /** Drains all workers, and gives the report when all are gone: the same promise every time. Never rejects. Default reason `stop`. */
  stop(reason?: string): Promise<StopReport>;
  /** How it is now. */
  status(): SupervisorStatus;
  /** Calls a listener at every event of a kind, until it is disposed of; what it throws is reported. */
  on<Name extends keyof SupervisorEvents>(
    event: Name,
    listener: (event: SupervisorEvents[Name]) => void,
  ): Disposable;
  /** Every event from now on, to the end; who falls more than 1,000 behind misses the oldest. */
  events(): AsyncIterableIterator<SupervisorEvent>;
  /** Sends to every worker that has a slot and is ready. `TypeError` for what JSON cannot carry; see `onMessage` of `lifecycle()`. */
  broadcast(topic: string, data?: unknown): void;
  /**
   * Asks the worker of a slot, and gives what its handler answered. Rejects with `HF_WORKER_GONE`, `HF_WORKER_SILENT`
   * or `HF_REQUEST_FAILED`, or with a `TypeError` for data that JSON cannot hold.
   */
  request(slot: number, topic: string, data?: unknown, options?: RequestOptions): Promise<unknown>;
  /** Asks all workers for their metrics, and merges what has come after a second. Never rejects. */
  metrics(): Promise<ClusterMetrics>;
}
