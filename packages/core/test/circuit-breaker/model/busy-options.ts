import { countWindow, timeWindow } from '../../../src/index.ts';
import type { CircuitBreakerOptions } from '../../../src/index.ts';

/** Options under which a short story visits every phase: two windows, a slow rule and a ramp. */
export const busyOptions: Omit<CircuitBreakerOptions, 'name' | 'clock'> = {
  trip: [
    timeWindow({
      spanMs: 400,
      slices: 4,
      minCalls: 3,
      slowMs: 50,
      slowRate: 0.5,
      failureRate: 0.6,
    }),
    countWindow({ size: 4, failureRate: 0.75 }),
  ],
  open: { baseMs: 100, maxMs: 400, stableForMs: 300 },
  halfOpen: {
    probes: 2,
    concurrency: 2,
    leaseMs: 150,
    allowedFailures: 1,
    ramp: { from: 0.25, overMs: 200 },
  },
};
