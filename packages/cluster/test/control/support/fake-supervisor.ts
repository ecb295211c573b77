import { EventLog } from '../../../src/supervisor/event-log.ts';
import type {
  ReloadReport,
  StopReport,
  Supervisor,
  SupervisorEvent,
  SupervisorStatus,
} from '../../../src/supervisor/types.ts';

export const REPORT: StopReport = { reason: 'asked', tookMs: 12, clean: true, killed: 0 };
export const RELOADED: ReloadReport = { generation: 2, reason: 'asked', tookMs: 5, replaced: 2 };

export const STATUS: SupervisorStatus = {
  name: 'shop',
  pid: 4_711,
  state: 'running',
  generation: 1,
  workers: 2,
  ready: 2,
  standby: 0,
  distribution: 'round-robin',
  restarts: 0,
  restartsLeft: 10,
  rescued: 0,
  members: [
    { slot: 0, id: 1, pid: 1_001, generation: 1, state: 'ready', ageMs: 10, vitals: null },
    { slot: 1, id: 2, pid: 1_002, generation: 1, state: 'ready', ageMs: 9, vitals: null },
  ],
};

const absent = (): never => {
  throw new Error('nobody asks this of a control socket');
};

/** A supervisor without workers, which does what a test says and writes down what it is asked. */
export class FakeSupervisor implements Supervisor {
  readonly name = 'shop';
  readonly asked: unknown[][] = [];
  readonly #log = new EventLog();
  readonly #stopped = Promise.withResolvers<StopReport>();
  reloads: () => Promise<ReloadReport> = () => Promise.resolve(RELOADED);
  scales: () => Promise<void> = () => Promise.resolve();
  stops: () => Promise<StopReport> = () => {
    this.end();
    return this.stopped;
  };
  shows: () => SupervisorStatus = () => STATUS;

  readonly on = absent;
  readonly broadcast = absent;
  readonly request = absent;
  readonly metrics = absent;

  get stopped(): Promise<StopReport> {
    return this.#stopped.promise;
  }

  reload(reason?: string): Promise<ReloadReport> {
    this.asked.push(['reload', reason]);
    return this.reloads();
  }

  scale(workers: number): Promise<void> {
    this.asked.push(['scale', workers]);
    return this.scales();
  }

  stop(reason?: string): Promise<StopReport> {
    this.asked.push(['stop', reason]);
    return this.stops();
  }

  status(): SupervisorStatus {
    return this.shows();
  }

  events(): AsyncIterableIterator<SupervisorEvent> {
    return this.#log.read();
  }

  emit(event: SupervisorEvent): void {
    this.#log.push(event);
  }

  scaled(to: number): SupervisorEvent {
    const event: SupervisorEvent = { type: 'scaled', atMs: 1_000 + to, from: to - 1, to };
    this.emit(event);
    return event;
  }

  /** Stops as the real one does: the event, the end of events, the promise. */
  end(report: StopReport = REPORT): void {
    this.emit({ type: 'stopped', atMs: 2_000, ...report });
    this.#log.end();
    this.#stopped.resolve(report);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
