import type { EnrolledCircuit } from '@holdfast/core/adapter';
import { LabelNames } from './label-names.ts';
import type { MetricFamily, MetricValue } from './types.ts';

const ROLL: unique symbol = Symbol.for('holdfast.circuits');

/** Every copy of core in this process writes its circuits down there; it need not be loaded to be read. */
const shared = globalThis as { readonly [ROLL]?: readonly WeakRef<EnrolledCircuit>[] };

const NO_STATES = { closed: 0, 'half-open': 0, open: 0, isolated: 0, disabled: 0 };
type State = keyof typeof NO_STATES;

const NO_OUTCOMES = { success: 0, slow: 0, failure: 0, ignored: 0, refused: 0, unrecorded: 0 };
type Outcomes = Readonly<typeof NO_OUTCOMES>;

const MACHINE_STATES: Readonly<Record<EnrolledCircuit['state'], State>> = {
  CLOSED: 'closed',
  HALF_OPEN: 'half-open',
  OPEN: 'open',
};

const stateOf = ({ state, mode, isolations }: EnrolledCircuit): State => {
  if (isolations.length > 0) return 'isolated';
  return mode === 'disabled' ? 'disabled' : MACHINE_STATES[state];
};

const outcomesOf = (counters: EnrolledCircuit['counters']): Outcomes => ({
  success: counters.successes - counters.slow + counters.lateSuccesses,
  slow: counters.slow,
  failure: counters.failures + counters.lateFailures,
  ignored: counters.ignored,
  refused: counters.refused,
  unrecorded: counters.unrecorded,
});

interface Known {
  readonly name: string;
  readonly circuit: WeakRef<EnrolledCircuit>;
  /** Kept when the circuit is gone, so that its last calls are counted too. */
  readonly counters: EnrolledCircuit['counters'];
}

type ByName<T> = Map<string, T>;

const addTo = (rows: ByName<Outcomes>, name: string, more: Outcomes): void => {
  const before = rows.get(name) ?? NO_OUTCOMES;
  rows.set(name, {
    success: before.success + more.success,
    slow: before.slow + more.slow,
    failure: before.failure + more.failure,
    ignored: before.ignored + more.ignored,
    refused: before.refused + more.refused,
    unrecorded: before.unrecorded + more.unrecorded,
  });
};

const valuesOf = (rows: ByName<Readonly<Record<string, number>>>, label: string): MetricValue[] =>
  Array.from(rows, ([circuit, row]) =>
    Object.entries(row).map(([key, value]) => ({ labels: { circuit, [label]: key }, value })),
  ).flat();

/**
 * Circuits of this process by name, from their construction on, read from what each counts anyway: subscribing to the
 * channel `holdfast:call` would make every call dearer. Calls of a circuit that was made and forgotten between two
 * scrapes are not in it.
 */
export class CircuitMetrics {
  readonly #names: LabelNames = new LabelNames();
  readonly #known: Map<WeakRef<EnrolledCircuit>, Known> = new Map();
  /** Calls of circuits that are gone. */
  readonly #past: ByName<Outcomes> = new Map();

  families(): MetricFamily[] {
    this.#look();
    const states: ByName<Record<State, number>> = new Map();
    const calls: ByName<Outcomes> = new Map(this.#past);
    for (const { name, circuit, counters } of this.#known.values()) {
      addTo(calls, name, outcomesOf(counters));
      const now = circuit.deref();
      if (now === undefined) continue;
      const row = states.get(name) ?? { ...NO_STATES };
      row[stateOf(now)]++;
      states.set(name, row);
    }
    return [
      {
        name: 'holdfast_circuit_state',
        help: 'Circuits of a name by state.',
        type: 'gauge',
        aggregator: 'sum',
        values: valuesOf(states, 'state'),
      },
      {
        name: 'holdfast_circuit_calls_total',
        help: 'Calls through circuits of a name by outcome.',
        type: 'counter',
        values: valuesOf(calls, 'outcome'),
      },
    ];
  }

  /** Gets to know those that are new, and lets go of those that are gone. */
  #look(): void {
    for (const circuit of shared[ROLL] ?? []) {
      const now = circuit.deref();
      if (now === undefined || now.disposed || this.#known.has(circuit)) continue;
      const { counters } = now;
      this.#known.set(circuit, { name: this.#names.of(now.name), circuit, counters });
    }
    for (const { name, circuit, counters } of this.#known.values()) {
      if (circuit.deref()?.disposed === false) continue;
      addTo(this.#past, name, outcomesOf(counters));
      this.#known.delete(circuit);
    }
  }
}
