import type { Gate } from './gate.ts';
import type { BreakerSnapshot } from './types.ts';

/** The breaker as plain JSON. Changes nothing. */
export const snapshotOfBreaker = ({ machine, waiting }: Gate): BreakerSnapshot => {
  const { state, probes, ramp, settings } = machine;
  const now = settings.clock.now();
  const probing = state === 'HALF_OPEN' && ramp === undefined;
  return {
    name: machine.name,
    state,
    phase: state === 'HALF_OPEN' ? (probing ? 'probing' : 'ramping') : undefined,
    mode: machine.mode,
    isolations: machine.isolations.map(({ reason }) => reason),
    generation: machine.generation,
    consecutiveOpens: machine.consecutiveOpens,
    retryAfterMs: state === 'OPEN' ? Math.max(0, machine.openUntil - now) : undefined,
    window: machine.meter.view(now),
    consecutiveFailures: machine.meter.consecutiveFailures,
    probes: probes && {
      unsettled: probes.unsettled,
      successes: probes.successes,
      failures: probes.failures,
    },
    waiting,
    inFlight: machine.counters.inFlight,
    counters: machine.counters.snapshot(),
  };
};
