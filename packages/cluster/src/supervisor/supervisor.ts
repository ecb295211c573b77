import { nameOf } from '@holdfast/core/adapter';
import { ClusterError } from '../errors.ts';
import { ClusterMetricsStore } from '../metrics/cluster-metrics.ts';
import { Announcer } from './announcer.ts';
import { Fleet } from './fleet.ts';
import { handOver } from './handover.ts';
import type { Member } from './member.ts';
import { PlannedWork } from './planned-work.ts';
import { dataOf, METRICS_QUESTION, questionOf, topicOf } from './question.ts';
import { Relief } from './relief.ts';
import { countOf, type Settings } from './settings.ts';
import { statusOf } from './status.ts';
import type { SupervisorStatus } from './status-types.ts';
import type {
  ReloadReport,
  StopReport,
  SupervisorEvent,
  SupervisorEvents,
} from './supervisor-events.ts';
import type { ClusterMetrics, RequestOptions, Supervisor } from './types.ts';
import type { Launcher } from './worker-process.ts';

/** What has to be closed once all workers are gone. */
export type AtEnd = () => unknown;

export class ClusterSupervisor implements Supervisor {
  readonly name: string;
  readonly #settings: Settings;
  readonly #launcher: Launcher;
  readonly #fleet: Fleet;
  readonly #planned: PlannedWork;
  readonly #relief: Relief;
  readonly #metrics: ClusterMetricsStore;
  readonly #announcer: Announcer;
  readonly #atEnd: AtEnd[] = [];
  readonly #stopped = Promise.withResolvers<StopReport>();
  #stop: Promise<StopReport> | undefined = undefined;
  #hasStopped = false;

  constructor(settings: Settings, launcher: Launcher) {
    this.name = settings.name;
    this.#settings = settings;
    this.#launcher = launcher;
    this.#metrics = new ClusterMetricsStore(settings.clock);
    this.#announcer = new Announcer(settings, (event) => this.#metrics.count(event));
    const { emit } = this.#announcer;
    this.#fleet = new Fleet({
      settings,
      launcher,
      emit,
      onWorn: (slot, member) => this.#planned.recycle(slot, member),
      onWish: (slot, member) => void handOver(this.#fleet, slot, member),
      onBye: (member) => this.#lastLook(member),
      onBlocked: () => this.#relieve(),
      onNothingLeft: () => this.#endInFailure(),
    });
    // A worker that is blocked is spared while its successor is on the way.
    this.#planned = new PlannedWork(this.#fleet, () => this.#relieve());
    this.#relief = new Relief(this.#fleet);
  }

  get stopped(): Promise<StopReport> {
    return this.#stopped.promise;
  }

  /** Rejects where no worker becomes ready; all are gone then. */
  async start(workers: number): Promise<void> {
    // A signal may have come while the control socket was opened.
    while (this.#fleet.slots.length < workers && !this.#fleet.isStopping) this.#fleet.addSlot();
    try {
      await this.#fleet.gate.started;
    } catch (error) {
      // Whoever has stopped it meanwhile lets those that are ready end what they have begun.
      if (!this.#fleet.isStopping) this.#fleet.killAll();
      await this.stop('failed to start');
      throw error;
    }
    if (!this.#fleet.isStopping) this.#fleet.spares.resume();
  }

  /** Runs `work` once all workers are gone. */
  atEnd(work: AtEnd): void {
    this.#atEnd.push(work);
  }

  killAll(): void {
    this.#fleet.killAll();
  }

  async reload(reason = 'reload'): Promise<ReloadReport> {
    return await this.#planned.reload(nameOf('reason', reason));
  }

  async scale(workers: number): Promise<void> {
    await this.#planned.scale(countOf('workers', workers, 1));
  }

  stop(reason = 'stop'): Promise<StopReport> {
    this.#stop ??= this.#end(reason);
    return this.#stop;
  }

  status(): SupervisorStatus {
    return statusOf({
      fleet: this.#fleet,
      isReloading: this.#planned.isReloading,
      hasStopped: this.#hasStopped,
      rescued: this.#launcher.rescued,
    });
  }

  on<Name extends keyof SupervisorEvents>(
    event: Name,
    listener: (event: SupervisorEvents[Name]) => void,
  ): Disposable {
    return this.#announcer.on(event, listener);
  }

  events(): AsyncIterableIterator<SupervisorEvent> {
    return this.#announcer.log.read();
  }

  broadcast(topic: string, data?: unknown): void {
    const message = { holdfast: 'message', topic: topicOf(topic), data: dataOf(data) } as const;
    for (const member of this.#fleet.serving) {
      const unsent = member.send(message);
      if (unsent !== undefined) throw unsent;
    }
  }

  async request(
    slot: number,
    topic: string,
    data?: unknown,
    options: RequestOptions = {},
  ): Promise<unknown> {
    const member = this.#fleet.slots[countOf('slot', slot, 0)]?.current;
    const question = questionOf(topic, data, options);
    if (member?.isServing !== true)
      throw new ClusterError('HF_WORKER_GONE', `slot ${slot} has no worker that is ready`);
    return await this.#fleet.requests.ask(member, question);
  }

  metrics(): Promise<ClusterMetrics> {
    // Also those on their way out: they have counted requests.
    const atWork = Array.from(this.#fleet.members).filter(
      ({ slot, state }) => slot !== undefined && state !== 'starting',
    );
    const asked = new Map(atWork.map((member) => [member.id, member]));
    return this.#metrics.collect({
      ask: async (id) => {
        const member = asked.get(id);
        return member === undefined ? [] : await this.#fleet.requests.ask(member, METRICS_QUESTION);
      },
      workers: Array.from(asked.values(), ({ id, slot = null }) => ({ id, slot })),
      status: this.status(),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop('disposed');
  }

  async #end(reason: string): Promise<StopReport> {
    const { clock } = this.#settings;
    const begun = clock.now();
    this.#announcer.emit('stopping', { reason });
    const outcome = await this.#fleet.stop();
    const report = { reason, tookMs: clock.now() - begun, ...outcome };
    this.#hasStopped = true;
    this.#announcer.emit('stopped', report);
    this.#announcer.end();
    await this.#launcher.outputEnded();
    this.#stopped.resolve(report);
    await Promise.allSettled(this.#atEnd.map(async (work) => await work()));
    return report;
  }

  async #lastLook(member: Member): Promise<void> {
    const { id, slot } = member;
    if (slot === undefined) return;
    const ask = (): Promise<unknown> => this.#fleet.requests.ask(member, METRICS_QUESTION);
    await this.#metrics.lastLook({ id, slot }, ask);
  }

  #relieve(): void {
    if (this.#settings.watchdog?.policy === 'replace') this.#relief.look();
  }

  /** Whoever runs this process should know. */
  #endInFailure(): void {
    // The code by which a worker said that it is no use to try again says so of all of this, too.
    const codes = this.#fleet.slots.map(({ givenUp }) => givenUp?.worker?.exitCode ?? 0);
    process.exitCode ||= codes.find((code) => code > 0) ?? 1;
    void this.stop('no slot can have a worker any more');
  }
}
