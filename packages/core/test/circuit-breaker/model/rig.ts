import { circuitBreaker } from '../../../src/index.ts';
import type { CircuitBreaker, SavedCircuit } from '../../../src/index.ts';
import type { BreakerEvents } from '../../../src/circuit-breaker/types.ts';
import { virtualClock } from '../../../src/testing/virtual-clock.ts';
import type { VirtualClock } from '../../../src/testing/virtual-clock.ts';
import type { Handle } from './handle.ts';
import { coarseRandom } from './settings.ts';
import type { Settings } from './settings.ts';
import type { EventType } from './state.ts';
import { optionsOf } from './to-options.ts';

/** The breaker under test with everything the commands hold of it. */
export interface Rig {
  readonly breaker: CircuitBreaker;
  readonly clock: VirtualClock;
  readonly handles: Handle[];
  readonly isolations: Disposable[];
  readonly saved: SavedCircuit[];
  readonly trace: Record<EventType, unknown[][]>;
  /** What must never be seen. */
  readonly faults: string[];
  /** What listeners and judges threw, as `onListenerError` heard it. */
  readonly reports: unknown[];
}

export const WALL_START = 1_700_000_000_000;

export const createRig = (settings: Settings): Rig => {
  const clock = virtualClock({ wallMs: WALL_START });
  const reports: unknown[] = [];
  const breaker: CircuitBreaker = circuitBreaker({
    ...optionsOf(settings, () => rig),
    clock,
    random: coarseRandom(settings.seed),
    onListenerError: (error) => void reports.push(error),
  });
  const rig: Rig = {
    breaker,
    clock,
    handles: [],
    isolations: [],
    saved: [],
    trace: emptyTrace(),
    faults: [],
    reports,
  };
  for (const type of observedTypes(settings)) observe(rig, type);
  return rig;
};

const emptyTrace = (): Rig['trace'] => ({
  transition: [],
  outcome: [],
  refusal: [],
  wouldRefuse: [],
  mode: [],
  isolation: [],
  ramp: [],
  lease: [],
});

export const observedTypes = (settings: Settings): EventType[] => {
  const types: EventType[] = ['transition', 'mode', 'isolation', 'ramp', 'lease'];
  return settings.observed ? [...types, 'outcome', 'refusal', 'wouldRefuse'] : types;
};

const DETAILS: { [Type in EventType]: (event: BreakerEvents[Type]) => unknown[] } = {
  transition: ({ from, to, reason, generation, openForMs }) => [
    from,
    to,
    reason,
    generation,
    openForMs,
  ],
  outcome: ({ outcome, probe, late }) => [outcome, probe, late],
  refusal: ({ code, retryAfterMs }) => [code, retryAfterMs],
  wouldRefuse: ({ code }) => [code],
  mode: ({ from, to }) => [from, to],
  isolation: ({ isolated, reasons }) => [isolated, reasons],
  ramp: ({ from, overMs }) => [from, overMs],
  lease: ({ leaseMs, action }) => [leaseMs, action],
};

const observe = ({ breaker, trace }: Rig, type: EventType): void => {
  const detailsOf = DETAILS[type] as (event: BreakerEvents[EventType]) => unknown[];
  breaker.on(type, (event) => void trace[type].push(detailsOf(event)));
};

/** What `snapshot()` says, its fields in the order of the model's. */
export const rigSnapshot = ({ breaker }: Rig): object => {
  const s = breaker.snapshot();
  return {
    state: breaker.state,
    phase: s.phase,
    mode: breaker.mode,
    isolations: s.isolations,
    generation: s.generation,
    consecutiveOpens: s.consecutiveOpens,
    retryAfterMs: s.retryAfterMs,
    window: s.window,
    consecutiveFailures: s.consecutiveFailures,
    probes: s.probes,
    waiting: s.waiting,
    inFlight: s.inFlight,
    counters: s.counters,
  };
};
