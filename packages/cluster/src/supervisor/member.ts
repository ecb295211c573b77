import type { Timer } from '@holdfast/core';
import type { FarewellReport, FromWorker, WorkerVitals } from '../protocol/messages.ts';
import type { RecycleLimits } from '../restart/recycle.ts';
import type { ReplaceCause, WorkerName, WorkerState, WorkerStatus } from './types.ts';
import type { Departure, MemberOptions } from './member-host.ts';
import { Standing } from './standing.ts';
import { tellExit, workerFailure } from './worker-failure.ts';
import type { Blocked, Exit, WorkerListener, WorkerProcess } from './worker-process.ts';

type Leaving = Omit<Extract<FromWorker, { readonly holdfast: 'leaving' }>, 'holdfast'>;

/** One worker, from its fork to its exit. */
export class Member implements WorkerListener {
  readonly generation: number;
  readonly recycleLimits: RecycleLimits;
  readonly standing: Standing = new Standing();
  /** Resolves when its process has ended. */
  readonly gone: Promise<void>;
  state: WorkerState = 'starting';
  vitals: WorkerVitals | null = null;
  slot: number | undefined;
  /** What it said of an error that another worker would have, too. */
  fatal: string | undefined = undefined;
  report: FarewellReport | undefined = undefined;
  killed = false;
  /** Until then it is not looked whether it is worn. */
  soundUntil = 0;
  isNeverReady = false;
  readonly #options: MemberOptions;
  readonly #process: WorkerProcess;
  readonly #exit = Promise.withResolvers<void>();
  readonly #forkedAt: number;
  #beganAt: number;
  #timer: Timer | undefined = undefined;
  /** Why it leaves, or wants to, by its own account. */
  #wish: Omit<Leaving, 'isServing'> | undefined = undefined;

  constructor(options: MemberOptions) {
    this.#options = options;
    this.generation = options.generation;
    this.recycleLimits = options.recycleLimits;
    this.slot = options.slot;
    this.gone = this.#exit.promise;
    this.#forkedAt = this.#now;
    this.#beganAt = this.#forkedAt;
    const { generation, slot } = options;
    const label = (): string => String(this.slot ?? '-');
    this.#process = options.launcher.launch({ generation, slot }, this, label);
    if (this.slot !== undefined) this.#awaitReady();
  }

  get id(): number {
    return this.#process.id;
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

  /** Why its slot is empty where it is gone. */
  get causeOfGap(): ReplaceCause {
    if (this.isNeverReady) return 'never-ready';
    return this.#wish === undefined || this.#wish.reason === 'error' ? 'crash' : 'leaving';
  }

  get isServing(): boolean {
    return this.state === 'ready' || this.state === 'blocked';
  }

  /** Gives a standby a slot: it may listen, and has so long to be ready. */
  activate(slot: number): void {
    this.slot = slot;
    this.#beganAt = this.#now;
    this.state = 'starting';
    this.#process.send({ holdfast: 'activate', slot });
    this.#awaitReady();
  }

  /** Answers with an error where the message could not be sent. */
  send(message: Parameters<WorkerProcess['send']>[0]): Error | undefined {
    return this.#process.send(message);
  }

  /** Has it drain and end; killed where it is not gone a while after its deadline. */
  leave(reason: Departure): void {
    if (this.state === 'leaving') return;
    const { deadlineMs } = this.#options.settings.shutdown;
    // Other workers take what comes: nobody has to be told before.
    const announce = reason === 'stop';
    this.#process.send({ holdfast: 'drain', reason, deadlineMs, announce });
    if (this.#wish === undefined || reason !== 'leaving') this.#leaves(reason, '', deadlineMs);
    else this.#leaves(this.#wish.reason, this.#wish.detail, deadlineMs);
  }

  /** As `leave`; a blocked one can neither drain nor answer, and what was handed to it is dealt out again. */
  retire(reason: Departure): void {
    if (this.state === 'blocked') this.kill();
    else this.leave(reason);
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
        return this.#onVitals(message.vitals);
      case 'leaving':
        return this.#onLeaving(message);
      case 'bye':
        this.report = message.report;
        this.#process.send({ holdfast: 'goodbye' });
        return;
      case 'fatal':
        if (this.state === 'starting') this.fatal = message.detail;
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

  onChannelClosed(): void {
    this.#onLeaving({ reason: 'asked', detail: 'it has closed its channel', isServing: false });
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

  #after(delayMs: number, callback: () => void): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = this.#options.settings.clock.setTimer(callback, delayMs);
  }

  #awaitReady(): void {
    this.#after(this.#options.settings.ready.timeoutMs, this.#onNeverReady);
  }

  #onLoaded(): void {
    if (this.slot !== undefined || this.state !== 'starting') return;
    this.state = 'standby';
    this.#options.host.onLoaded(this);
  }

  #onReady(): void {
    if (this.state !== 'starting' || this.slot === undefined) return;
    this.#timer?.[Symbol.dispose]();
    this.state = 'ready';
    this.standing.win();
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

  /** Who tells of itself is not blocked, whatever was heard last. */
  #onVitals(vitals: WorkerVitals): void {
    this.vitals = vitals;
    if (this.state === 'blocked') this.state = 'ready';
    this.#options.host.onVitals(this);
  }

  #onLeaving({ reason, detail, isServing }: Leaving): void {
    this.#wish ??= { reason, detail };
    if (this.state === 'leaving') return;
    if (isServing) {
      // There is nothing to hand over of one that never was ready.
      if (this.isServing) this.#options.host.onWish(this);
      else this.leave('leaving');
      return;
    }
    const { deadlineMs, errorDeadlineMs } = this.#options.settings.shutdown;
    const wasServing = this.isServing;
    this.#leaves(reason, detail, reason === 'error' ? errorDeadlineMs : deadlineMs);
    // What else is wrong with one that was not ready yet is told by its exit.
    if (wasServing) this.#options.host.onFailing(this);
  }

  #leaves(reason: Departure, detail: string, deadlineMs: number): void {
    this.state = 'leaving';
    const limitMs = deadlineMs + this.#options.settings.shutdown.killAfterMs;
    this.#after(limitMs, () => this.kill());
    this.#lose(`leaves: ${detail === '' ? reason : detail}`);
    this.#options.host.onLeaving(this, reason, detail);
  }

  #lose(how: string, exit?: Exit): void {
    const { pid, lastWords } = this.#process;
    const said = this.fatal ?? this.#wish?.detail ?? lastWords;
    this.standing.lose(workerFailure({ slot: this.slot, pid, how, said, exit }));
  }
}
