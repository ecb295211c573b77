import type { BackoffOptions, Clock, Random } from '@holdfast/core';
import type { SharedStoreOptions } from '../ipc-store/store-limits.ts';
import type { Machine } from '../sizing/types.ts';
import type { SupervisorEvent } from './supervisor-events.ts';

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
  /** Arguments of the program. Default none. */
  readonly args?: readonly string[] | undefined;
  /** Options of Node for workers. Default those of this process. */
  readonly execArgv?: readonly string[] | undefined;
  /** What workers' environment has beside or in place of this process's. Default nothing. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Stands in events, errors and metrics. Default `cluster`. */
  readonly name?: string | undefined;
  /**
   * How many. `auto`: as many as the CPU quota and the memory of the container allow, at least one;
   * `HOLDFAST_WORKERS` says otherwise. At most 1,024. Default `auto`.
   */
  readonly workers?: number | 'auto' | ((machine: Machine) => number) | undefined;
  /** Default `round-robin`. */
  readonly distribution?: Distribution | undefined;
  /** How many workers have loaded the program and wait to take the place of one that dies, at most 1,024. Default 0. */
  readonly standby?: number | undefined;
  /** When a worker counts as ready. */
  readonly ready?: ReadyOptions | undefined;
  /** How soon and how often workers that fail are replaced. */
  readonly restart?: RestartOptions | undefined;
  /** How long workers have to leave. */
  readonly shutdown?: ShutdownOptions | undefined;
  /** When a worker is replaced though nothing is wrong with it. */
  readonly recycle?: RecycleOptions | undefined;
  /** Default `{}`; `false` for none. */
  readonly watchdog?: WatchdogOptions | false | undefined;
  /**
   * SIGTERM and SIGINT stop the cluster and end this process, a second one 250 ms later or more at once; SIGHUP reloads. Default true.
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
  /** Hears what goes wrong, and of reloads, a line each; `false` for nobody. Default: to standard error, after the name. */
  readonly log?: ((line: string) => void) | false | undefined;
  /** Hears every event, those of the start too. What it throws is reported, never passed on. */
  readonly onEvent?: ((event: SupervisorEvent) => void) | undefined;
  /** Default the clock of the process. */
  readonly clock?: Clock | undefined;
  /** Draws jitters. Default `Math.random`. */
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
  /** How many restarts the whole cluster has in any `windowMs`; the next one waits. 0 to 100,000; default 10 in 60,000 ms. */
  readonly budget?:
    | { readonly restarts?: number | undefined; readonly windowMs?: number | undefined }
    | undefined;
  /**
   * A worker that exits with one of these is not replaced, unless it has said that it leaves. 0 to 255 each;
   * default `[78]` (EX_CONFIG).
   */
  readonly fatalExitCodes?: readonly number[] | undefined;
}

export interface ShutdownOptions {
  /**
   * At a stop of all; who leaves while others serve announces nothing. Default 0. See `drain` of `@holdfast/core/http`,
   * also for the next two.
   */
  readonly announceMs?: number | undefined;
  /** Default 1,500, or half of what announcing leaves of the deadline. */
  readonly lingerMs?: number | undefined;
  /** For all of it, teardown included; what is open then is cut. Default 10,000. */
  readonly deadlineMs?: number | undefined;
  /** For the drain after an error that nobody caught. Default 5,000, or `deadlineMs` where that is less. */
  readonly errorDeadlineMs?: number | undefined;
  /** A worker that is there for so long after its deadline gets a SIGKILL. Default 2,000. */
  readonly killAfterMs?: number | undefined;
}

/** When a worker is replaced though nothing is wrong with it, one at a time. Default never. */
export interface RecycleOptions {
  /** Counted from when it had its slot. */
  readonly ageMs?: number | undefined;
  readonly requests?: number | undefined;
  /**
   * Memory of the process as the system counts it, looked at each second. A worker that comes to it before
   * `restart.stableAfterMs` costs a restart of the budget, half of which is left to workers that fail.
   */
  readonly rssBytes?: number | undefined;
  /** Each worker's own limit is this share lower at most, so that they do not go together. Default 0.2. */
  readonly jitter?: number | undefined;
}

export interface WatchdogOptions {
  /** From 100 up. Default 5,000. */
  readonly blockedAfterMs?: number | undefined;
  /** `report`: an event, and the stack on standard error. `replace`: that, and another worker. Default `replace`. */
  readonly policy?: 'report' | 'replace' | undefined;
}
