import type { FromWorker, WorkerVitals } from '../protocol/messages.ts';
import type { Departure, MemberOptions } from './member-host.ts';
import { Parting, type Wish } from './parting.ts';
import { Patience } from './patience.ts';
import { Standing } from './standing.ts';
import type { WorkerName, WorkerState } from './status-types.ts';
import { Wear } from './wear.ts';
import { tellExit, workerFailure } from './worker-failure.ts';
import type { Blocked, Exit, WorkerListener, WorkerProcess } from './worker-process.ts';

/** One worker, from its fork to its exit. */
export class Member implements WorkerListener {
  readonly id: number;
  readonly generation: number;
  readonly standing: Standing = new Standing();
  readonly parting: Parting = new Parting();
  readonly wear: Wear;
  /** Resolves when its process has ended. */
  readonly gone: Promise<void>;
  state: WorkerState = 'starting';
  vitals: WorkerVitals | null = null;
  slot: number | undefined;
  readonly #options: MemberOptions;
  readonly #patience: Patience;
  readonly #process: WorkerProcess;
  readonly #exit = Promise.withResolvers<void>();
  readonly #forkedAt: number;

  constructor(options: MemberOptions) {
    const { settings, launcher, generation, slot } = options;
    this.#options = options;
    this.generation = generation;
    this.slot = slot;
    this.wear = new Wear(settings);
    this.gone = this.#exit.promise;
    this.#forkedAt = settings.clock.now();
    this.#patience = new Patience(settings, () => this.kill());
    this.#process = launcher.launch({ generation, slot }, this, () => String(this.slot ?? '-'));
    this.id = this.#process.id;
    if (slot !== undefined) this.#patience.untilReady(this.#onNeverReady);
  }

  get name(): WorkerName {
    const { id, generation, slot = null } = this;
    return { slot, id, pid: this.#process.pid, generation };
  }

  get ageMs(): number {
    return this.#options.settings.clock.now() - this.#forkedAt;
  }

  get isServing(): boolean {
    return this.state === 'ready' || this.state === 'blocked';
  }

  /** What it gave as the reason for its end; empty where nothing is known. */
  get detail(): string {
    return this.parting.said ?? this.#process.lastWords;
  }

  /** Gives a standby a slot: it may listen, and has so long to be ready. */
  activate(slot: number): void {
    this.slot = slot;
    this.wear.place();
    this.state = 'starting';
    this.#patience.untilReady(this.#onNeverReady);
    this.#process.send({ holdfast: 'activate', slot });
  }

  /** Answers with an error where the message could not be sent. */
  send(message: Parameters<WorkerProcess['send']>[0]): Error | undefined {
    return this.#process.send(message);
  }

  /** Has it drain and end; killed where it is not gone a while after its deadline. */
  leave(reason: Departure['reason']): void {
    if (this.state === 'leaving') return;
    const { deadlineMs } = this.#options.settings.shutdown;
    // Other workers take what comes: nobody has to be told before.
    const announce = reason === 'stop' && this.slot !== undefined;
    this.#process.send({ holdfast: 'drain', reason, deadlineMs, announce });
    const wish = reason === 'leaving' ? this.parting.wish : undefined;
    this.#leaves(wish ?? { reason, detail: '' }, deadlineMs);
  }

  /** As `leave`; a blocked one can neither drain nor answer, and what was handed to it is dealt out again. */
  retire(reason: Departure['reason']): void {
    if (this.state === 'blocked') this.kill();
    else this.leave(reason);
  }

  /** Ends it at once. */
  kill(): void {
    this.parting.wasKilled = true;
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
        return this.#onLeaving(message, message.isServing);
      case 'bye':
        this.parting.report = message.report;
        void this.#sayGoodbye();
        return;
      case 'fatal':
        if (this.state === 'starting') this.parting.fatal = message.detail;
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
    this.#onLeaving({ reason: 'asked', detail: 'it has closed its channel' }, false);
  }

  onExit(exit: Exit): void {
    const before = this.state;
    this.#patience.end();
    this.parting.end(exit, before);
    this.state = 'leaving';
    this.#lose(tellExit(exit), exit);
    this.#options.host.onExit(this, exit, before);
    this.#exit.resolve();
  }

  async #sayGoodbye(): Promise<void> {
    await this.#options.host.onBye(this);
    this.#process.send({ holdfast: 'goodbye' });
  }

  #onLoaded(): void {
    if (this.slot !== undefined || this.state !== 'starting') return;
    this.state = 'standby';
    this.#options.host.onLoaded(this);
  }

  #onReady(): void {
    if (this.state !== 'starting' || this.slot === undefined) return;
    const tookMs = this.#patience.end();
    this.state = 'ready';
    this.standing.win();
    this.#options.host.onReady(this, tookMs);
  }

  readonly #onNeverReady = (): void => {
    this.parting.isNeverReady = true;
    const { timeoutMs } = this.#options.settings.ready;
    this.#lose(`was not ready within ${timeoutMs} ms`);
    // Nobody waits for its answers.
    this.leave('never-ready');
    this.#patience.untilGone(0);
  };

  /** Who tells of itself is not blocked, whatever was heard last. */
  #onVitals(vitals: WorkerVitals): void {
    this.vitals = vitals;
    if (this.state === 'blocked') this.state = 'ready';
    this.#options.host.onVitals(this);
  }

  #onLeaving(wish: Wish, isServing: boolean): void {
    if (this.state === 'leaving') {
      this.parting.wish ??= wish;
      return;
    }
    this.parting.wish = wish;
    if (isServing) {
      // There is nothing to hand over of one that never was ready.
      if (this.isServing) this.#options.host.onWish(this);
      else this.leave('leaving');
      return;
    }
    const { deadlineMs, errorDeadlineMs } = this.#options.settings.shutdown;
    const wasServing = this.isServing;
    this.#leaves(wish, wish.reason === 'error' ? errorDeadlineMs : deadlineMs);
    // What else is wrong with one that was not ready yet is told by its exit.
    if (wasServing) this.#options.host.onFailing(this);
  }

  #leaves({ reason, detail }: Departure, deadlineMs: number): void {
    this.state = 'leaving';
    this.#patience.untilGone(deadlineMs);
    this.#lose(`leaves: ${detail === '' ? reason : detail}`);
    this.#options.host.onLeaving(this, { reason, detail });
  }

  #lose(how: string, exit?: Exit): void {
    const { slot, detail: said, name } = this;
    this.standing.lose(workerFailure({ slot, pid: name.pid, how, said, exit }));
  }
}
