import type { WorkerVitals } from '../protocol/messages.ts';
import type { Distribution } from './supervise-options.ts';

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
  /** Restarts taken of the budget since the start. */
  readonly restarts: number;
  /** How many are left now of the budget. */
  readonly restartsLeft: number;
  /** Connections dealt out again that a dead worker had left. */
  readonly rescued: number;
  readonly members: readonly WorkerStatus[];
}
