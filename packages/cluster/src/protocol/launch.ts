/** What a worker is told as it starts, as JSON in its environment under `LAUNCH_VARIABLE`. */
export interface Launch {
  readonly name: string;
  /** Grows with every reload, from 1. */
  readonly generation: number;
  /** Its place, from 0; undefined for a standby, whose servers are held back until `activate`. */
  readonly slot?: number | undefined;
  /** The process of the supervisor: children of the worker are none of its workers. */
  readonly supervisorPid: number;
  /** `listening`: as soon as a server listens and none is about to. `told`: by `lifecycle().ready()`. */
  readonly readyOn: 'listening' | 'told';
  /** Whether servers listen by `SO_REUSEPORT` each. */
  readonly reusePort: boolean;
  /** False: the supervisor has no store for `ipcStore()`. Default true. */
  readonly store?: boolean | undefined;
  readonly shutdown: ShutdownTimes;
  /** Undefined: no watchdog. */
  readonly watchdog: { readonly blockedAfterMs: number } | undefined;
}

export interface ShutdownTimes {
  readonly announceMs: number;
  readonly lingerMs: number;
  /** For the whole drain, teardown included. */
  readonly deadlineMs: number;
  /** After an error that nobody caught. */
  readonly errorDeadlineMs: number;
}

/** Taken out of the environment as the worker starts, so that its own children do not inherit it. */
export const LAUNCH_VARIABLE = 'HOLDFAST_LAUNCH';

/** The store's line to the supervisor: a socket on this descriptor of every worker. */
export const STORE_DESCRIPTOR = 4;
/** What the watchdog's thread writes JSON lines to while the main thread is blocked. */
export const WATCHDOG_DESCRIPTOR = 5;
