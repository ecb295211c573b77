/** One fault to seed: a place in a package's sources and what stands there instead. */
export interface Fault {
  /** What goes wrong, in the words of the design page or of a peer's bug. */
  readonly title: string;
  /** Default `core`. */
  readonly package?: 'core' | 'cluster';
  /** Below the package's `src`. */
  readonly file: string;
  /** Must stand there exactly once. */
  readonly find: string;
  readonly replace: string;
}

/** A file of the circuit breaker. */
export const breaker = (name: string): string => `circuit-breaker/${name}.ts`;
