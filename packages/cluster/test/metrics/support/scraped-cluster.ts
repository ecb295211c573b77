import { virtualClock, type VirtualClock } from '@holdfast/core/testing';
import prom from 'prom-client';
import {
  prometheusText,
  type ClusterMetrics,
  type SupervisorStatus,
  type WorkerStatus,
} from '../../../src/index.ts';
import { ClusterMetricsStore } from '../../../src/metrics/cluster-metrics.ts';
import { readText } from './read-text.ts';

export interface ScrapedProcess {
  readonly id: number;
  readonly slot: number | null;
  /** What it answers when asked. */
  answer(): Promise<unknown>;
}

const NO_MEMBER = { generation: 1, ageMs: 0, state: 'ready', vitals: null } as const;

export const memberOf = ({ id, slot }: Pick<ScrapedProcess, 'id' | 'slot'>): WorkerStatus => ({
  ...NO_MEMBER,
  id,
  slot,
  pid: 1_000 + id,
});

export const statusOf = (members: readonly WorkerStatus[]): SupervisorStatus => ({
  name: 'shop',
  pid: 1,
  state: 'running',
  generation: 1,
  workers: members.length,
  ready: members.length,
  standby: 0,
  distribution: 'round-robin',
  restarts: 0,
  restartsLeft: 10,
  rescued: 0,
  members,
});

/** What the channel between processes makes of an answer. */
export const sent = (answer: unknown): unknown => JSON.parse(JSON.stringify(answer));

/** A store, and the workers whose metrics it asks for; a silent worker costs a second of virtual time. */
export class ScrapedCluster {
  readonly clock: VirtualClock = virtualClock();
  readonly store: ClusterMetricsStore = new ClusterMetricsStore(this.clock);
  readonly processes: Map<number, ScrapedProcess> = new Map();

  async scrape(status?: SupervisorStatus): Promise<ClusterMetrics> {
    const workers = [...this.processes.values()];
    const scrape = this.store.collect({
      ask: async (id) => this.processes.get(id)?.answer(),
      workers,
      status: status ?? statusOf(workers.map(memberOf)),
    });
    await this.clock.advanceAsync(1_000);
    return scrape;
  }

  /** The scrape as Prometheus reads it. */
  async read(): Promise<Map<string, number>> {
    return readText(await prometheusText(await this.scrape(), prom));
  }
}
