import type {
  ReplaceCause,
  SupervisorEvent,
  SupervisorStatus,
  WorkerState,
} from '../supervisor/types.ts';
import type { MetricFamily, MetricValue } from './types.ts';

type Tally = Record<string, number>;

const CAUSES: Readonly<Record<ReplaceCause, 0>> = {
  crash: 0,
  leaving: 0,
  blocked: 0,
  recycle: 0,
  reload: 0,
  'never-ready': 0,
};
const WORKER_STATES: Readonly<Record<WorkerState, 0>> = {
  starting: 0,
  standby: 0,
  ready: 0,
  blocked: 0,
  leaving: 0,
};
const STATES: Readonly<Record<SupervisorStatus['state'], 0>> = {
  starting: 0,
  running: 0,
  reloading: 0,
  degraded: 0,
  stopping: 0,
  stopped: 0,
};

const add = (tally: Tally, key: string, count = 1): void =>
  void (tally[key] = (tally[key] ?? 0) + count);

/** What happened to the cluster, counted from its start; each series is there from then on. */
export class ClusterFamilies {
  readonly #restarts: Tally = { ...CAUSES };
  readonly #reloads: Tally = { completed: 0, aborted: 0 };
  readonly #exits: Tally = { clean: 0, unclean: 0 };
  readonly #troubles: Tally = { blocked: 0, 'budget-exhausted': 0, 'slot-given-up': 0 };

  count(event: SupervisorEvent): void {
    switch (event.type) {
      case 'restartScheduled':
        return add(this.#restarts, event.cause);
      case 'workerLeaving':
        if (event.reason === 'recycle') add(this.#restarts, 'recycle');
        return;
      case 'reloadCompleted':
        return this.#countReload('completed', event.replaced);
      case 'reloadAborted':
        return this.#countReload('aborted', event.replaced);
      case 'workerExited':
        return add(this.#exits, event.clean ? 'clean' : 'unclean');
      case 'workerBlocked':
        return add(this.#troubles, 'blocked');
      case 'budgetExhausted':
        return add(this.#troubles, 'budget-exhausted');
      case 'slotGivenUp':
        return add(this.#troubles, 'slot-given-up');
      default:
    }
  }

  families(status: SupervisorStatus): MetricFamily[] {
    const { name: cluster, state, members } = status;
    const states: Tally = { ...WORKER_STATES };
    for (const member of members) add(states, member.state);
    const by = (label: string, tally: Tally): MetricValue[] =>
      Object.entries(tally).map(([key, value]) => ({ labels: { cluster, [label]: key }, value }));
    const one = (value: number): MetricValue[] => [{ labels: { cluster }, value }];
    return [
      gauge(
        'state',
        '1 for the state that the cluster is in.',
        by('state', { ...STATES, [state]: 1 }),
      ),
      gauge('workers', 'Workers by state.', by('state', states)),
      gauge('workers_wanted', 'How many workers there should be.', one(status.workers)),
      gauge('workers_ready', 'How many workers take requests.', one(status.ready)),
      gauge('generation', 'Grows with every reload.', one(status.generation)),
      gauge('restarts_left', 'Restarts that the budget has left now.', one(status.restartsLeft)),
      counter('restarts_total', 'Replacements by cause.', by('cause', this.#restarts)),
      counter('reloads_total', 'Reloads by outcome.', by('outcome', this.#reloads)),
      counter(
        'worker_exits_total',
        'Exits; clean where nothing was cut.',
        by('outcome', this.#exits),
      ),
      counter('troubles_total', 'What kept workers from their work.', by('kind', this.#troubles)),
      counter(
        'rescued_connections_total',
        'Connections that were dealt out again.',
        one(status.rescued),
      ),
    ];
  }

  #countReload(outcome: 'completed' | 'aborted', replaced: number): void {
    add(this.#reloads, outcome);
    add(this.#restarts, 'reload', replaced);
  }
}

const counter = (name: string, help: string, values: MetricValue[]): MetricFamily => ({
  name: `holdfast_cluster_${name}`,
  type: 'counter',
  help,
  values,
});

const gauge = (name: string, help: string, values: MetricValue[]): MetricFamily => ({
  ...counter(name, help, values),
  type: 'gauge',
});
