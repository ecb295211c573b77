import type { ResilientAgent } from '@holdfast/undici';

/** What came on the way as the circuit opened is over by then. */
const ON_THE_WAY_MS = 100;

/** What the circuit of one origin does, and whether those of the others stay closed. */
export class CircuitWatch {
  opens = 0;
  probes = 0;
  failedProbes = 0;
  closedAt = Infinity;
  readonly closed: Promise<void>;
  #openedAt = Infinity;
  readonly #circuits: readonly { readonly state: string }[];

  constructor(agent: ResilientAgent, urls: readonly string[], watched: number) {
    const { breaker } = agent.policies;
    const [url, registry] = [urls[watched], breaker];
    if (url === undefined || registry === undefined) throw new Error('nothing to watch');
    const circuit = registry.get(url);
    this.#circuits = urls.filter((each) => each !== url).map((each) => registry.get(each));
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    circuit.on('transition', ({ to }) => {
      if (to === 'OPEN') this.#opened();
      if (to !== 'CLOSED') return;
      this.closedAt = Date.now();
      resolve();
    });
    circuit.on('outcome', ({ probe, outcome }) => {
      if (probe) this.probes++;
      if (probe && outcome === 'failure') this.failedProbes++;
    });
  }

  /** From the first opening until the circuit closed. */
  get span(): { readonly from: number; readonly to: number } {
    return { from: this.#openedAt + ON_THE_WAY_MS, to: this.closedAt };
  }

  get othersStates(): readonly string[] {
    return this.#circuits.map(({ state }) => state);
  }

  #opened(): void {
    this.opens++;
    this.#openedAt = Math.min(this.#openedAt, Date.now());
  }
}
