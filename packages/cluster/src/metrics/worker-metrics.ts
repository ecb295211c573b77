import { CircuitMetrics } from './circuit-metrics.ts';
import { PolicyMetrics } from './policy-metrics.ts';
import { processFamilies } from './process-metrics.ts';
import type { MetricFamily } from './types.ts';

/** Metrics of this process: its circuits, retries and limits, its event loop, CPU time and memory. */
export interface WorkerMetrics extends Disposable {
  /** As of now. Retries and limits count from the first time this is called. */
  families(): MetricFamily[];
}

/** Costs nothing until it is asked for the first time. */
export const workerMetrics = (): WorkerMetrics => {
  const circuits = new CircuitMetrics();
  let policies: PolicyMetrics | undefined;
  let disposed = false;
  return {
    families: () => {
      if (!disposed) policies ??= new PolicyMetrics();
      return [...circuits.families(), ...(policies?.families() ?? []), ...processFamilies()];
    },
    [Symbol.dispose]: () => {
      disposed = true;
      policies?.[Symbol.dispose]();
    },
  };
};
