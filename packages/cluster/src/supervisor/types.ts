import type { BackoffOptions, Clock, Random } from '@holdfast/core';
import type { FarewellReport, LeavingReason, WorkerVitals } from '../protocol/messages.ts';
import type { MetricFamily } from '../metrics/types.ts';
import type { Machine } from '../sizing/types.ts';

/**
 * Who accepts connections. `round-robin`: the supervisor, which deals them out evenly, and deals a connection out again
 * that a dead worker left; costs more than half of the throughput where each request has a connection of its own.
 * `kernel`: the workers, on one socket; as fast as one process, and uneven. `reuseport`: each worker on a socket of
 * its own; as fast, but connections are lost as a worker leaves unless `net.ipv4.tcp_migrate_req` is 1 (Linux
 * from 5.14 on). Not on Windows or macOS.
 */
export type Distribution = 'round-robin' | 'kernel' | 'reuseport';

/** Options of `supervise`; all but `exec` may be left out. */
export interface SuperviseOptions {
  /** The program that each worker runs: a path or a `file:` URL. */
  readonly exec: string | URL;
  readonly args?: readonly string[] | undefined;
  /** Options of Node for workers. Default those of this process. */
  readonly execArgv?: readonly string[] | undefined;
  /** What workers' environment has beside or in place of this process's. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Stands in events, errors and metrics. Default `cluster`. */
  readonly name?: string | undefined;
  /**
   * How many. `auto`: as many as the CPU quota and the memory of the container allow, at least one. Default `auto`.
   */
  readonly workers?: number | 'auto' | ((machine: Machine) => number) | undefined;
  /** Default `round-robin`. */
  readonly distribution?: Distribution | undefined;
  /** How many workers have loaded the program and wait to take the place of one that dies. Default 0. */
  readonly standby?: number | undefined;
  readonly ready?: ReadyOptions | undefined;
  readonly restart?: RestartOptions | undefined;
  readonly shutdown?: ShutdownOptions | undefined;
  readonly recycle?: RecycleOptions | undefined;
  /** Default `{}`; `false` for none. */
  readonly watchdog?: WatchdogOptions | false | undefined;
  /**
   * SIGTERM and SIGINT stop the cluster and end this process, the second one at once; SIGHUP reloads. Default true.
   * Windows delivers no SIGTERM.
   */
  readonly signals?: boolean | undefined;
  /** `prefix`: each line of a worker's output after its slot. `inherit`: as it is. Default `prefix`. */
  readonly output?: 'prefix' | 'inherit' | undefined;
  /**
   * Which share of the memory limit of the container the heaps of all workers have together, by
   * `--max-old-space-size`; `false` leaves it to V8, which gives every worker's heap the whole. Default 0.75.
   */
  readonly heapShare?: number | false | undefined;
  /** Where `controlClient` reaches this supervisor: the path of a unix socket (or a named pipe). Default none. */
  readonly controlPath?: string | undefined;
  /** What workers share by `ipcStore()`; `false` for nothing. Default `{}`. */
  readonly store?: SharedStoreOptions | false | undefined;
  /** Hears what goes wrong, a line each; `false` for nobody. Default: they go to standard error, after the name. */
  readonly log?: ((line: string) => void) | false | undefined;
  /** Hears every event, those of the start too. What it throws is reported, never passed on. */
  readonly onEvent?: ((event: SupervisorEvent) => void) | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
}

export interface ReadyOptions {
  /**
   * `listening`: a worker is ready as soon as a server of its listens and none is about to. `told`: by
   * `lifecycle().ready()`. Default `listening`.
   */
  readonly on?: 'listening' | 'told' | undefined;
  /** A worker that is not ready by then has failed. Default 30,000. */
  readonly timeoutMs?: number | undefined;
  /** How long a new worker has to stay ready before a reload lets the old one go. Default 0. */
  readonly soakMs?: number | undefined;
}

export interface RestartOptions {
  /**
   * Before the second replacement in a row and each further one; the first comes at once. Default `baseMs` 100,
   * `maxMs` 30,000, full jitter.
   */
  readonly backoff?: BackoffOptions | undefined;
  /** A worker that was ready for so long counts as sound: a slot's next failure is the first again. Default 30,000. */
  readonly stableAfterMs?: number | undefined;
  /** How many restarts the whole cluster has in any `windowMs`; the next one waits. Default 10 in 60,000 ms. */
  readonly budget?:
    | { readonly restarts?: number | undefined; readonly windowMs?: number | undefined }
    | undefined;
  /** A worker that exits with one of these is not replaced. Default `[78]` (EX_CONFIG). */
  readonly fatalExitCodes?: readonly number[] | undefined;
}

export interface ShutdownOptions {
  /**
   * At a stop of all; who leaves while others serve announces nothing. Default 0. See `drain` of `@holdfast/core/http`,
   * also for the next two.
   */
  readonly announceMs?: number | undefined;
  /** Default 1,500. */
  readonly lingerMs?: number | undefined;
  /** Default 10,000. */
  readonly deadlineMs?: number | undefined;
  /** For the drain after an error that nobody caught. Default 5,000, or `deadlineMs` where that is less. */
  readonly errorDeadlineMs?: number | undefined;
  /** A worker that is there for so long after its deadline gets a SIGKILL. Default 2,000. */
  readonly killAfterMs?: number | undefined;
}

/** When a worker is replaced though nothing is wrong with it, one at a time. Default never. */
export interface RecycleOptions {
  readonly ageMs?: number | undefined;
  readonly requests?: number | undefined;
  readonly rssBytes?: number | undefined;
  /** Each worker's own limit is this share lower at most, so that they do not go together. Default 0.2. */
  readonly jitter?: number | undefined;
}

export interface WatchdogOptions {
  /** Default 5,000. */
  readonly blockedAfterMs?: number | undefined;
  /** `report`: an event, and the stack on standard error. `replace`: that, and another worker. Default `replace`. */
  readonly policy?: 'report' | 'replace' | undefined;
}

export interface SharedStoreOptions {
  /** See `memoryStore`. Default 100,000. */
  readonly maxKeys?: number | undefined;
  /**
   * How many bytes records and their keys take up, and keys that workers watch; a record beyond that is refused. Default
   * 256 MiB.
   */
  readonly maxBytes?: number | undefined;
}

/**
 * Where a worker stands. `starting`: not ready yet. `standby`: loaded, without a slot. `ready`: has requests.
 * `leaving`: drains. `blocked`: its event loop has stood still for longer than the watchdog allows.
 */
export type WorkerState = 'starting' | 'standby' | 'ready' | 'blocked' | 'leaving';

/** Who an event or a status is about. */
export interface WorkerName {
  /** From 0; null for a standby. */
  readonly slot: number | null;
  /** Of `node:cluster`, another for each process. */
  readonly id: number;
  readonly pid: number;
  readonly generation: number;
}

export interface WorkerStatus extends WorkerName {
  readonly state: WorkerState;
  /** Since it was forked. */
  readonly ageMs: number;
  /** As of the last second; null before the first. */
  readonly vitals: WorkerVitals | null;
}

/** Why a worker was replaced, or is about to be. */
export type ReplaceCause = 'crash' | 'leaving' | 'blocked' | 'recycle' | 'reload' | 'never-ready';

/** The supervisor as plain JSON; reading it changes nothing. */
export interface SupervisorStatus {
  readonly name: string;
  readonly pid: number;
  /** `degraded`: fewer workers are ready than there should be, and the budget or a fatal exit keeps others away. */
  readonly state: 'starting' | 'running' | 'reloading' | 'degraded' | 'stopping' | 'stopped';
  readonly generation: number;
  /** How many there should be. */
  readonly workers: number;
  readonly ready: number;
  readonly standby: number;
  readonly distribution: Distribution;
  /** Replacements that were not planned, since the start. */
  readonly restarts: number;
  /** How many are left now of the budget. */
  readonly restartsLeft: number;
  /** Connections dealt out again that a dead worker had left. */
  readonly rescued: number;
  readonly members: readonly WorkerStatus[];
}

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
  reloadAborted: { readonly generation: number; readonly reason: string; readonly detail: string };
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

/** What `metrics()` found. */
export interface ClusterMetrics {
  /** Merged over all workers, with the cluster's own. */
  readonly families: readonly MetricFamily[];
  /** Slots whose worker did not answer in time. */
  readonly missing: readonly number[];
}

export interface RequestOptions {
  /** Default 5,000. */
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
   * while one is under way it runs another after that, one for all who call.
   */
  reload(reason?: string): Promise<ReloadReport>;
  /**
   * How many workers there are from now on. Resolves once they are ready, or gone; where a new one fails it rejects, and
   * there are as many as before. Slots that were given up have another try.
   */
  scale(workers: number): Promise<void>;
  /** Drains all workers, and gives the report when all are gone: the same promise every time. Never rejects. */
  stop(reason?: string): Promise<StopReport>;
  status(): SupervisorStatus;
  on<Name extends keyof SupervisorEvents>(
    event: Name,
    listener: (event: SupervisorEvents[Name]) => void,
  ): Disposable;
  /** Every event from now on, to the end; who falls more than 1,000 behind misses the oldest. */
  events(): AsyncIterableIterator<SupervisorEvent>;
  /** Sends to every worker that has a slot; see `onMessage` of `lifecycle()`. */
  broadcast(topic: string, data?: unknown): void;
  /**
   * Asks the worker of a slot, and gives what its handler answered. Rejects with `HF_WORKER_GONE`, `HF_WORKER_SILENT`
   * or `HF_REQUEST_FAILED`, or with a `TypeError` for data that JSON cannot hold.
   */
  request(slot: number, topic: string, data?: unknown, options?: RequestOptions): Promise<unknown>;
  /** Asks all workers for their metrics, and merges what has come after a second. Never rejects. */
  metrics(): Promise<ClusterMetrics>;
}
