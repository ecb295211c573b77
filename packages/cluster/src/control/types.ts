import type { Clock } from '@holdfast/core';
import type {
  ReloadReport,
  StopReport,
  SupervisorEvent,
  SupervisorStatus,
} from '../supervisor/types.ts';

export interface ControlClientOptions {
  /** For the connection, and for the answer to `status()`. Default 5,000. */
  readonly timeoutMs?: number | undefined;
  readonly clock?: Clock | undefined;
}

/**
 * Events of a supervisor elsewhere. Ends when it has stopped, or the client is disposed; throws `HF_CONTROL_FAILED`
 * where the connection is lost.
 */
export interface ControlEvents extends AsyncIterableIterator<SupervisorEvent> {
  /** How many were left out because they were not read in time: who falls 1,000 behind misses the oldest. */
  readonly missed: number;
}

/**
 * Made by `controlClient(path)`. Methods reject as those of the supervisor do, and with `HF_CONTROL_FAILED` where the
 * connection is lost, the client is disposed or the supervisor refuses (what it said is the `cause`). Apart from
 * `status()` they wait as long as the supervisor takes.
 */
export interface ControlClient extends AsyncDisposable {
  status(): Promise<SupervisorStatus>;
  /** It goes on if the client is disposed meanwhile. */
  reload(reason?: string): Promise<ReloadReport>;
  scale(workers: number): Promise<void>;
  /** Also gives the report of a stop that somebody else has asked for. */
  stop(reason?: string): Promise<StopReport>;
  /** Every event from now on. */
  events(): ControlEvents;
}
