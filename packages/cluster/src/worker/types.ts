import type { Drain } from '@holdfast/core/http';

/**
 * Gives metrics of this process when asked, each a `MetricFamily`, as `getMetricsAsJSON` of a registry of prom-client
 * does, whose types say a number where there is a word. What is none is left out.
 */
export type MetricSource = () => readonly object[] | PromiseLike<readonly object[]>;

/** The life of this process, under a supervisor or alone. Made once by `lifecycle()`. */
export interface Lifecycle {
  /** Whether `supervise` has started this process. */
  readonly isSupervised: boolean;
  /** Whether the supervisor has a store for `ipcStore()`: not with `store: false`. */
  readonly sharesStore: boolean;
  /** From 0; undefined where it has none: not supervised, or a standby. */
  readonly slot: number | undefined;
  /** Grows with every reload, from 1; 0 where not supervised. */
  readonly generation: number;
  /**
   * Ends every HTTP server that listens after `lifecycle()`: `defer` what has to be closed after them, give it to
   * `guard({ drain })` and to `health({ drain })`.
   */
  readonly drain: Drain;
  /** Says that this process can do its work; for `ready: { on: 'told' }`. A second call does nothing. */
  ready(): void;
  /**
   * Has another process take the place of this one, which then drains and exits: for instance because it cannot trust
   * its state any more. It serves until the other is ready; called twice it drains at once. Alone it drains at once, and
   * exits with 1.
   */
  leave(detail: string): void;
  /** Handles what `broadcast` and `request` of the supervisor send under a topic; the answer goes to who asked. One handler for each. */
  onMessage(topic: string, handler: (data: unknown) => unknown): Disposable;
  /** Has `metrics()` of the supervisor include these. */
  addMetrics(source: MetricSource): Disposable;
}
