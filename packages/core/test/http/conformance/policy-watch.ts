import type { Bulkhead, CircuitBreaker } from '../../../src/index.ts';

/** How the calls of a circuit were judged. */
export interface Verdicts {
  readonly successes: number;
  readonly failures: number;
  readonly ignored: number;
}

const NONE: Verdicts = { successes: 0, failures: 0, ignored: 0 };

/** A circuit, or a layer that has some. */
type Judge = CircuitBreaker | object;

interface Held {
  readonly inFlight: number;
  readonly waiting: number;
}

const isPolicy = (value: unknown): value is CircuitBreaker | Bulkhead =>
  typeof value === 'object' && value !== null && 'snapshot' in value && 'tryAcquire' in value;

/** Policies that a layer made itself are reached through what it tells of them. */
const policiesOf = (source: unknown): readonly (CircuitBreaker | Bulkhead)[] => {
  if (isPolicy(source)) return [source];
  const found: (CircuitBreaker | Bulkhead)[] = [];
  for (const property of ['circuits', 'bulkheads']) {
    const registry: unknown = Reflect.get(Object(source), property);
    if (typeof registry !== 'object' || registry === null || !('entries' in registry)) continue;
    const { entries } = registry as { entries(): Iterable<readonly [string, unknown]> };
    for (const [, policy] of entries.call(registry)) if (isPolicy(policy)) found.push(policy);
  }
  return found;
};

const isDisposable = (value: unknown): value is Disposable =>
  typeof value === 'object' && value !== null && Symbol.dispose in value;

/** A policy, or those that a layer has. */
const ownedBy = (source: object): readonly Disposable[] => {
  const { limit, circuits, bulkheads, policies } = source as Record<string, unknown>;
  const owned = [source, limit, circuits, bulkheads, ...Object.values(Object(policies) as object)];
  return owned.filter(isDisposable);
};

const isCircuit = (policy: CircuitBreaker | Bulkhead): policy is CircuitBreaker =>
  'isolate' in policy;

const circuitsOf = (judge: Judge): readonly CircuitBreaker[] => policiesOf(judge).filter(isCircuit);

const verdictsOf = (judge: Judge): Verdicts => {
  let { successes, failures, ignored } = NONE;
  for (const circuit of circuitsOf(judge)) {
    const { counters } = circuit.snapshot();
    successes += counters.successes;
    failures += counters.failures;
    ignored += counters.ignored;
  }
  return { successes, failures, ignored };
};

/** Every policy that a scenario uses, and what its circuits should have seen. */
export class PolicyWatch {
  readonly #sources: object[] = [];
  readonly #expected: { readonly judge: Judge; readonly verdicts: Verdicts | 'any' }[] = [];

  add<T extends object>(source: T): T {
    this.#sources.push(source);
    return source;
  }

  /** What a circuit must have seen when all is over. */
  expect(judge: Judge, verdicts: Partial<Verdicts> | 'any'): void {
    this.#expected.push({
      judge,
      verdicts: verdicts === 'any' ? verdicts : { ...NONE, ...verdicts },
    });
  }

  /** Permits that nobody has given back, and places in queues. */
  held(): readonly string[] {
    return this.#policies().flatMap((policy) => {
      const { name, inFlight, waiting } = policy.snapshot() as Held & { readonly name: string };
      if (inFlight === 0 && waiting === 0) return [];
      return [`"${name}" still has ${inFlight} in flight and ${waiting} waiting`];
    });
  }

  /** Where a circuit saw something else, or nobody said what it should see. */
  misjudged(): readonly string[] {
    const told = new Set(this.#expected.flatMap(({ judge }) => circuitsOf(judge)));
    const untold = this.#policies()
      .filter((policy) => isCircuit(policy) && !told.has(policy))
      .map(({ name }) => `the scenario says no verdicts of circuit "${name}"`);
    return [
      ...untold,
      ...this.#expected.flatMap(({ judge, verdicts }) => differs(judge, verdicts)),
    ];
  }

  /** Ends all policies, so that what they keep for later goes: an idle limit of time keeps a timer. */
  dispose(): void {
    for (const source of this.#sources.flatMap(ownedBy)) source[Symbol.dispose]();
  }

  #policies(): readonly (CircuitBreaker | Bulkhead)[] {
    return [...new Set(this.#sources.flatMap(policiesOf))];
  }
}

const differs = (judge: Judge, expected: Verdicts | 'any'): readonly string[] => {
  const [wanted, seen] = [JSON.stringify(expected), JSON.stringify(verdictsOf(judge))];
  return expected === 'any' || wanted === seen ? [] : [`verdicts ${seen}, not ${wanted}`];
};
