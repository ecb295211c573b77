import type { Clock } from '@holdfast/core';
import { clockOf } from '@holdfast/core/adapter';
import type { ClusterMetrics, SupervisorEvent, SupervisorStatus } from '../supervisor/types.ts';
import { within } from '../within.ts';
import { checkFamilies } from './check-families.ts';
import { ClusterFamilies } from './cluster-families.ts';
import { DroppedWarnings } from './dropped-warnings.ts';
import { MergedFamilies } from './merged-families.ts';
import { sampleNames } from './sample-names.ts';
import type { MetricFamily } from './types.ts';
import { lastFamilies, slotText, vitalsFamilies } from './vitals-families.ts';

const PATIENCE_MS = 1_000;
/** The worker waits for it, and whoever waits for the worker. */
const LAST_LOOK_MS = 250;

/** A worker that is asked for its metrics. */
export interface ScrapedWorker {
  readonly id: number;
  readonly slot: number | null;
}

export interface Scrape {
  /** Asks a worker under `METRICS_TOPIC`; what comes after more than a second counts the next time. */
  readonly ask: (workerId: number) => Promise<unknown>;
  readonly workers: readonly ScrapedWorker[];
  /** As it is when the scrape begins. */
  readonly status: SupervisorStatus;
}

const bySlot = (a: ScrapedWorker, b: ScrapedWorker): number =>
  (a.slot ?? Number.MAX_VALUE) - (b.slot ?? Number.MAX_VALUE) || a.id - b.id;

const inCluster = (cluster: string, family: MetricFamily): MetricFamily => ({
  ...family,
  values: family.values.map((each) => ({ ...each, labels: { cluster, ...each.labels } })),
});

/** What is known of how a worker was asked. */
interface Asked {
  /** Of the newest question that it has answered. */
  answered: number;
  /** Values of its last answer that were left out. */
  dropped: number;
}

/**
 * The metrics of a cluster, in the primary. A worker that does not answer within a second costs a scrape its gauges: its
 * counters stay at what they were last seen at, and so do those of workers that are gone, so totals never fall
 * (https://github.com/siimon/prom-client/issues/250). What of an answer is left out is counted, and a process warning
 * (`HF_METRIC_DROPPED`, 20 at the most) names the metric and the reason.
 */
export class ClusterMetricsStore {
  readonly #clock: Clock;
  readonly #merged: MergedFamilies = new MergedFamilies();
  readonly #vitals: MergedFamilies = new MergedFamilies();
  readonly #cluster: ClusterFamilies = new ClusterFamilies();
  readonly #asked: Map<number, Asked> = new Map();
  readonly #warnings: DroppedWarnings = new DroppedWarnings();
  #questions = 0;

  constructor(clock?: Clock) {
    this.#clock = clockOf(clock);
  }

  /** To be called once for each event of the supervisor; `workerExited` is `exited` as well. */
  count(event: SupervisorEvent): void {
    this.#cluster.count(event);
    if (event.type !== 'workerExited') return;
    this.#recordVitals(event.id, lastFamilies(event));
    this.exited(event.id);
  }

  /** A process is gone, and its id is never used again. */
  exited(workerId: number): void {
    this.#asked.delete(workerId);
    this.#merged.exited(workerId);
    this.#vitals.exited(workerId);
  }

  /** Asks all workers, and merges what has come after a second. Never rejects. */
  async collect({ ask, workers, status }: Scrape): Promise<ClusterMetrics> {
    this.#takeVitals(status);
    const answered = new Set<ScrapedWorker>();
    const answers = workers.map(async (worker) => {
      if (await this.#scrape(worker, ask)) answered.add(worker);
    });
    await within(this.#clock, PATIENCE_MS, Promise.all(answers));
    return this.#result(workers, [...answered].sort(bySlot), status);
  }

  /**
   * Asks a worker that is about to end, where others have been asked before: what it has counted since would be lost.
   * Resolves after a quarter of a second at the latest, and never rejects.
   */
  async lastLook(worker: ScrapedWorker, ask: Scrape['ask']): Promise<void> {
    if (this.#questions > 0) await within(this.#clock, LAST_LOOK_MS, this.#scrape(worker, ask));
  }

  #takeVitals(status: SupervisorStatus): void {
    for (const member of status.members) this.#recordVitals(member.id, vitalsFamilies(member));
  }

  #recordVitals(worker: number, families: readonly MetricFamily[]): void {
    const checked = checkFamilies(families);
    if (checked !== undefined) this.#vitals.record(worker, checked);
  }

  /** Whether it answered. */
  async #scrape({ id, slot }: ScrapedWorker, ask: Scrape['ask']): Promise<boolean> {
    const question = ++this.#questions;
    if (!this.#asked.has(id)) this.#asked.set(id, { answered: 0, dropped: 0 });
    try {
      const checked = checkFamilies(await ask(id));
      const asked = this.#asked.get(id);
      if (checked === undefined || asked === undefined) return false;
      // One that was overtaken would look as if all counters had fallen.
      if (question > asked.answered) {
        asked.answered = question;
        this.#merged.record(id, checked);
        asked.dropped = checked.dropped.count;
        this.#warnings.warn(`slot ${slotText(slot)}`, checked.dropped);
      }
      return true;
    } catch {
      return false;
    }
  }

  #result(
    asked: readonly ScrapedWorker[],
    answered: readonly ScrapedWorker[],
    status: SupervisorStatus,
  ): ClusterMetrics {
    const silent = asked.filter((each) => !answered.includes(each) && this.#asked.has(each.id));
    // Without those that died meanwhile.
    const workers = [...answered, ...silent];
    const missing = [...new Set(silent.flatMap(({ slot }) => slot ?? []))].sort((a, b) => a - b);
    const own = [
      ...this.#cluster.families(status),
      ...this.#vitals
        .merge(status.members.map(({ id }) => id))
        .map((family) => inCluster(status.name, family)),
      ...this.#scrapeFamilies(status.name, workers, missing),
    ];
    const names = new Set(own.flatMap(sampleNames));
    const theirs = this.#merged
      .merge(answered.map(({ id }) => id))
      .filter((family) => !sampleNames(family).some((name) => names.has(name)));
    return { families: [...own, ...theirs], missing };
  }

  #scrapeFamilies(
    cluster: string,
    workers: readonly ScrapedWorker[],
    missing: readonly number[],
  ): MetricFamily[] {
    const slots = [...new Set(workers.flatMap(({ slot }) => slot ?? []))].sort((a, b) => a - b);
    const dropped = [...this.#asked.values()].reduce((sum, each) => sum + each.dropped, 0);
    return [
      {
        name: 'holdfast_worker_scrape_missing',
        help: '1 where the worker did not answer in time: its gauges are missing, its counters are old.',
        type: 'gauge',
        values: slots.map((slot) => ({
          labels: { cluster, slot: slotText(slot) },
          value: missing.includes(slot) ? 1 : 0,
        })),
      },
      {
        name: 'holdfast_cluster_metric_values_dropped',
        help: 'Values in the last answers of workers that are no metrics, or are too many.',
        type: 'gauge',
        values: [{ labels: { cluster }, value: dropped }],
      },
    ];
  }
}
