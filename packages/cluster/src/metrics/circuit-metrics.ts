import type { EnrolledCircuit } from '@holdfast/core/adapter';
import { LabelNames } from './label-names.ts';
import type { MetricFamily, MetricValue } from './types.ts';

const ROLL: unique symbol = Symbol.for('holdfast.circuits');

/** Every copy of core in this process writes its circuits down there; it need not be loaded to be read. */
const shared = globalThis as { readonly [ROLL]?: readonly WeakRef<EnrolledCircuit>[] };

const STATES = ['closed', 'half-open', 'open', 'isolated', 'disabled'] as const;
type State = (typeof STATES)[number];

const OUTCOMES = ['success', 'slow', 'failure', 'ignored', 'refused', 'unrecorded'] as const;
type Outcomes = Record<(typeof OUTCOMES)[number], number>;

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

const rowFor = <T>(rows: ByName<T>, name: string, create: () => T): T => {
  const row = rows.get(name) ?? create();
  rows.set(name, row);
  return row;
};

const addTo = (row: Outcomes, outcomes: Outcomes): void => {
  for (const outcome of OUTCOMES) row[outcome] += outcomes[outcome];
};

const noStates = (): Record<State, number> => ({
  closed: 0,
  'half-open': 0,
  open: 0,
  isolated: 0,
  disabled: 0,
});

const noOutcomes = (): Outcomes => ({
  success: 0,
  slow: 0,
  failure: 0,
  ignored: 0,
  refused: 0,
  unrecorded: 0,
});

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
    const calls: ByName<Outcomes> = new Map();
    for (const [name, outcomes] of this.#past) addTo(rowFor(calls, name, noOutcomes), outcomes);
    for (const { name, circuit, counters } of this.#known.values()) {
      addTo(rowFor(calls, name, noOutcomes), outcomesOf(counters));
      const now = circuit.deref();
      if (now !== undefined) rowFor(states, name, noStates)[stateOf(now)]++;
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
      addTo(rowFor(this.#past, name, noOutcomes), outcomesOf(counters));
      this.#known.delete(circuit);
    }
  }
}
