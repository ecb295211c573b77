import type { Timer } from '@holdfast/core';
import type { ClusterError } from '../errors.ts';
import type {
  FarewellReport,
  FromWorker,
  LeavingReason,
  WorkerVitals,
} from '../protocol/messages.ts';
import type { RecycleLimits } from '../restart/recycle.ts';
import type { WorkerName, WorkerState, WorkerStatus } from './types.ts';
import type { Departure, MemberOptions } from './member-host.ts';
import { tellExit, workerFailure } from './worker-failure.ts';
import type { Blocked, Exit, WorkerListener, WorkerProcess } from './worker-process.ts';

/** One worker, from its fork to its exit. */
export class Member implements WorkerListener {
  readonly generation: number;
  readonly recycleLimits: RecycleLimits;
  /** Settles once: resolves when it is ready, rejects with `HF_WORKER_FAILED` where it fails before. */
  readonly ready: Promise<void>;
  /** Resolves when its process has ended. */
  readonly gone: Promise<void>;
  state: WorkerState = 'starting';
  vitals: WorkerVitals | null = null;
  slot: number | undefined;
  /** What it said of an error that another worker would have, too. */
  fatal: string | undefined = undefined;
  report: FarewellReport | undefined = undefined;
  /** Why it cannot be counted on any more; the reason of `lost`. */
  failure: ClusterError | undefined = undefined;
  killed = false;
  /** Its place is about to be taken by another though nothing is wrong with it. */
  recycling = false;
  isNeverReady = false;
  readonly #options: MemberOptions;
  readonly #process: WorkerProcess;
  readonly #readiness = Promise.withResolvers<void>();
  readonly #exit = Promise.withResolvers<void>();
  readonly #lost = new AbortController();
  readonly #forkedAt: number;
  #beganAt: number;
  #timer: Timer | undefined = undefined;
  #loaded = false;
  #ownAccord = '';

  constructor(options: MemberOptions) {
    this.#options = options;
    this.generation = options.generation;
    this.recycleLimits = options.recycleLimits;
    this.slot = options.slot;
    this.ready = this.#readiness.promise;
    this.gone = this.#exit.promise;
    this.ready.catch(() => undefined); // whoever waits for it hears of it; nobody has to
    this.#forkedAt = this.#now;
    this.#beganAt = this.#forkedAt;
    this.#process = this.#launch();
    if (this.slot !== undefined) this.activate(this.slot);
  }

  get id(): number {
    return this.#process.id;
  }

  /** Aborts when it cannot be counted on any more, with the reason. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Whether it is a standby that needs no time to begin. */
  get isLoaded(): boolean {
    return this.#loaded;
  }

  get name(): WorkerName {
    const { id, generation, slot = null } = this;
    return { slot, id, pid: this.#process.pid, generation };
  }

  get status(): WorkerStatus {
    const { state, ageMs, vitals } = this;
    return { ...this.name, state, ageMs, vitals };
  }

  get ageMs(): number {
    return this.#now - this.#forkedAt;
  }

  get isServing(): boolean {
    return this.state === 'ready' || this.state === 'blocked';
  }

  /** Gives it a slot: it may listen, and has so long to be ready. */
  activate(slot: number): void {
    this.slot = slot;
    this.#beganAt = this.#now;
    this.state = 'starting';
    this.#process.send({ holdfast: 'activate', slot });
    this.#after(this.#options.settings.ready.timeoutMs, this.#onNeverReady);
  }

  /** Answers with an error where the message could not be sent. */
  send(message: Parameters<WorkerProcess['send']>[0]): Error | undefined {
    return this.#process.send(message);
  }

  /** Has it drain and end; killed where it is not gone a while after its deadline. */
  leave(reason: Departure, detail = ''): void {
    if (this.state === 'leaving') return;
    const { deadlineMs } = this.#options.settings.shutdown;
    this.#process.send({ holdfast: 'drain', reason, deadlineMs });
    this.#leaves(reason, detail, false);
  }

  /** Ends it at once. */
  kill(): void {
    this.killed = true;
    this.#process.kill('SIGKILL');
  }

  onMessage(message: FromWorker): void {
    switch (message.holdfast) {
      case 'loaded':
        return this.#onLoaded();
      case 'ready':
        return this.#onReady();
      case 'vitals':
        this.vitals = message.vitals;
        return this.#options.host.onVitals(this);
      case 'leaving':
        return this.#onLeaving(message.reason, message.detail);
      case 'bye':
        this.report = message.report;
        this.#process.send({ holdfast: 'goodbye' });
        return;
      case 'fatal':
        this.fatal = message.detail;
        return;
      case 'answer':
      case 'failure':
        return this.#options.host.onAnswer(this, message);
    }
  }

  onBlocked(blocked: Blocked): void {
    if (this.state === 'ready') this.state = 'blocked';
    this.#options.host.onBlocked(this, blocked);
  }

  onUnblocked({ blockedMs }: { readonly blockedMs: number }): void {
    if (this.state === 'blocked') this.state = 'ready';
    this.#options.host.onUnblocked(this, blockedMs);
  }

  onExit(exit: Exit): void {
    this.#timer?.[Symbol.dispose]();
    const before = this.state;
    this.state = 'leaving';
    this.#lose(tellExit(exit), exit);
    this.#options.host.onExit(this, exit, before);
    this.#exit.resolve();
  }

  get #now(): number {
    return this.#options.settings.clock.now();
  }

  #launch(): WorkerProcess {
    const { settings, launcher, generation } = this.#options;
    const { name, ready, distribution, shutdown, watchdog } = settings;
    const launch = {
      name,
      generation,
      standby: this.slot === undefined,
      readyOn: ready.on,
      reusePort: distribution === 'reuseport',
      shutdown,
      watchdog,
    };
    return launcher.launch(launch, this, () => String(this.slot ?? '-'));
  }

  #after(delayMs: number, callback: () => void): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = this.#options.settings.clock.setTimer(callback, delayMs);
  }

  #onLoaded(): void {
    if (this.slot !== undefined || this.state !== 'starting') return;
    this.#loaded = true;
    this.state = 'standby';
  }

  #onReady(): void {
    if (this.state !== 'starting' || this.slot === undefined) return;
    this.#timer?.[Symbol.dispose]();
    this.state = 'ready';
    this.#readiness.resolve();
    this.#options.host.onReady(this, this.#now - this.#beganAt);
  }

  readonly #onNeverReady = (): void => {
    this.isNeverReady = true;
    const { timeoutMs } = this.#options.settings.ready;
    this.#lose(`was not ready within ${timeoutMs} ms`);
    // Nobody waits for its answers.
    this.leave('never-ready');
    this.#after(this.#options.settings.shutdown.killAfterMs, () => this.kill());
  };

  #onLeaving(reason: LeavingReason, detail: string): void {
    this.#ownAccord = detail;
    if (this.state !== 'leaving') this.#leaves(reason, detail, true);
  }

  #leaves(reason: Departure, detail: string, ownAccord: boolean): void {
    const { deadlineMs, errorDeadlineMs, killAfterMs } = this.#options.settings.shutdown;
    this.state = 'leaving';
    const limitMs = reason === 'error' ? errorDeadlineMs : deadlineMs;
    this.#after(limitMs + killAfterMs, () => this.kill());
    this.#lose(detail === '' ? `leaves: ${reason}` : `leaves: ${detail}`);
    this.#options.host.onLeaving(this, reason, detail, ownAccord);
  }

  /** The first reason stands. */
  #lose(how: string, exit?: Exit): void {
    if (this.lost.aborted) return;
    const { pid, lastWords } = this.#process;
    const said = this.fatal ?? (this.#ownAccord || lastWords);
    this.failure = workerFailure({ slot: this.slot, pid, how, said, exit });
    this.#lost.abort(this.failure);
    this.#readiness.reject(this.failure);
  }
}
