import { seededRandom, virtualClock, type VirtualClock } from '@holdfast/core/testing';
import { settingsOf } from '../../../src/supervisor/settings.ts';
import { ClusterSupervisor } from '../../../src/supervisor/supervisor.ts';
import type { SuperviseOptions, SupervisorEvent } from '../../../src/supervisor/types.ts';
import { FakeLauncher, type Plan } from './fake-launcher.ts';

/** A supervisor whose workers and time are made up. */
export class VirtualCluster {
  readonly clock: VirtualClock = virtualClock();
  readonly launcher: FakeLauncher = new FakeLauncher(this.clock);
  readonly supervisor: ClusterSupervisor;
  readonly events: SupervisorEvent[] = [];

  constructor(options: Partial<SuperviseOptions> = {}, seed = 1) {
    const settings = settingsOf({
      exec: 'server.js',
      log: false,
      clock: this.clock,
      random: seededRandom(seed),
      ...options,
    });
    this.supervisor = new ClusterSupervisor(settings, this.launcher);
    void this.#listen();
  }

  /** Moves time on in small steps, and lets promises settle between them. */
  async run(ms: number, stepMs = 5): Promise<void> {
    const end = this.clock.now() + ms;
    while (this.clock.now() < end) {
      this.clock.advance(Math.min(stepMs, end - this.clock.now()));
      await new Promise(setImmediate);
    }
  }

  async start(workers: number, plan?: (nth: number) => Plan): Promise<void> {
    if (plan !== undefined) this.launcher.plan = plan;
    const started = this.supervisor.start(workers);
    await this.run(50);
    await started;
  }

  /** Lets time go on until the promise settles, for an hour at most. */
  async until<T>(promise: Promise<T>): Promise<T> {
    const settled = new AbortController();
    const settle = (): void => settled.abort();
    promise.then(settle, settle);
    const end = this.clock.now() + 3_600_000;
    while (!settled.signal.aborted && this.clock.now() < end) await this.run(20, 20);
    return await promise;
  }

  typesOf(...types: readonly SupervisorEvent['type'][]): readonly SupervisorEvent[] {
    return this.events.filter(({ type }) => types.includes(type));
  }

  async #listen(): Promise<void> {
    for await (const event of this.supervisor.events()) this.events.push(event);
  }
}
