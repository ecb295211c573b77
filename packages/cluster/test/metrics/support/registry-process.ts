import prom from 'prom-client';
import { sent, type ScrapedProcess } from './scraped-cluster.ts';

/** A process with a counter and a histogram of prom-client. */
export class RegistryProcess implements ScrapedProcess {
  readonly id: number;
  readonly slot: number;
  readonly bounds: readonly number[];
  silent = false;
  /** Tells nothing of one of its metrics, as where its source fails. */
  hidden: string | undefined = undefined;
  readonly #registry = new prom.Registry();
  readonly #jobs: prom.Counter<'kind'>;
  readonly #size: prom.Histogram<'route'>;

  constructor(id: number, slot: number, bounds: readonly number[]) {
    this.id = id;
    this.slot = slot;
    this.bounds = bounds;
    const registers = [this.#registry];
    this.#jobs = new prom.Counter({
      name: 'jobs_total',
      help: 'Jobs',
      labelNames: ['kind'],
      registers,
    });
    this.#size = new prom.Histogram({
      name: 'size',
      help: 'Size',
      labelNames: ['route'],
      buckets: [...bounds],
      registers,
    });
  }

  count(kind: string, by: number): void {
    this.#jobs.inc({ kind }, by);
  }

  observe(route: string, value: number): void {
    this.#size.observe({ route }, value);
  }

  reset(): void {
    this.#registry.resetMetrics();
  }

  async answer(): Promise<unknown> {
    if (this.silent) return new Promise(() => undefined);
    const families = await this.#registry.getMetricsAsJSON();
    return sent(families.filter(({ name }) => name !== this.hidden));
  }
}
