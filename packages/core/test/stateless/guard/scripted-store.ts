import { StoreError, type Key, type Operation, type Store } from '../../../src/stateless/index.ts';
import type { StoreHealth } from '../../../src/stateless/index.ts';
import type { VirtualClock } from '../../../src/testing/index.ts';

type Method = 'take' | 'count' | 'lease' | 'release' | 'read' | 'write' | 'touch' | 'remove';

/** One operation as it arrived. */
export interface Arrival {
  readonly method: Method;
  readonly key: string;
  readonly rest: readonly unknown[];
  readonly operation: Operation;
  readonly at: number;
  readonly ends: PromiseWithResolvers<never>;
  ended: boolean;
}

const ANSWER = { answered: true };

/** A store that does what the test says: it answers, late or never, or fails. */
export class ScriptedStore implements Store {
  readonly name = 'shelf';
  readonly kind = 'scripted';
  readonly scope = 'shared';
  readonly guarantees = { survivesRestart: true, survivesFailover: 'no', clock: 'server' } as const;
  readonly arrivals: Arrival[] = [];
  readonly watched: Key[] = [];
  disposals = 0;
  warnings: readonly string[] = [];
  /** A frozen one keeps what comes until it thaws. */
  frozen = false;
  delayMs = 0;
  error: unknown = undefined;
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  get pending(): number {
    return this.arrivals.filter(({ ended }) => !ended).length;
  }

  /** Without the guard's own probes. */
  get users(): readonly Arrival[] {
    return this.arrivals.filter(({ key }) => !key.startsWith('guard:'));
  }

  get probes(): readonly Arrival[] {
    return this.arrivals.filter(({ key }) => key.startsWith('guard:'));
  }

  take = this.#method('take');
  count = this.#method('count');
  lease = this.#method('lease');
  release = this.#method('release');
  read = this.#method('read');
  write = this.#method('write');
  touch = this.#method('touch');
  remove = this.#method('remove');

  /** Ends everything that hangs. */
  thaw(error?: unknown): void {
    this.frozen = false;
    for (const arrival of this.arrivals) this.end(arrival, error);
  }

  end(arrival: Arrival, error?: unknown): void {
    if (arrival.ended) return;
    arrival.ended = true;
    if (error === undefined) arrival.ends.resolve(ANSWER as never);
    else arrival.ends.reject(error);
  }

  watch(key: Key): Disposable {
    this.watched.push(key);
    return { [Symbol.dispose]: () => void this.watched.pop() };
  }

  health(): StoreHealth {
    return { state: 'up', pending: this.pending, warnings: this.warnings };
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.disposals++;
    return Promise.resolve();
  }

  #method(method: Method): (key: Key, ...rest: unknown[]) => Promise<never> {
    return (key, ...rest) => {
      const operation = rest.pop() as Operation;
      const ends = Promise.withResolvers<never>();
      const at = this.#clock.now();
      const arrival = { method, key, rest, operation, at, ends, ended: false };
      this.arrivals.push(arrival);
      const { error, delayMs } = this;
      if (this.frozen) return ends.promise;
      if (delayMs === 0) this.end(arrival, error);
      else this.#clock.setTimer(() => this.end(arrival, error), delayMs);
      return ends.promise;
    };
  }
}

export const failure = (kind: 'not-sent' | 'refused' | 'stale' | 'unknown'): StoreError =>
  new StoreError('shelf', kind);
