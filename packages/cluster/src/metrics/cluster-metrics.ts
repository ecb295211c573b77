// STUB by the engineer so that the supervisor runs: helper F replaces all of it.
import type { Clock } from '@holdfast/core';
import type { ClusterMetrics, SupervisorEvent, SupervisorStatus } from '../supervisor/types.ts';
export class ClusterMetricsStore {
  constructor(_clock: Clock) {}
  collect(_options: { ask: (workerId: number) => Promise<unknown>; workers: readonly { id: number; slot: number; generation: number }[]; status: SupervisorStatus }): Promise<ClusterMetrics> {
    return Promise.resolve({ families: [], missing: [] });
  }
  count(_event: SupervisorEvent): void {}
  exited(_id: number): void {}
}
