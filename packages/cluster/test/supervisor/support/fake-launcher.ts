import type { Timer } from '@holdfast/core';
import type { VirtualClock } from '@holdfast/core/testing';
import type { Launch } from '../../../src/protocol/launch.ts';
import type { ToWorker } from '../../../src/protocol/messages.ts';
import type {
  Exit,
  Launcher,
  WorkerListener,
  WorkerProcess,
} from '../../../src/supervisor/worker-process.ts';

type Started = Pick<Launch, 'generation' | 'slot'>;

/** What a process does once it may listen. */
export type Plan =
  | { readonly kind: 'ready'; readonly afterMs: number }
  | { readonly kind: 'crash'; readonly afterMs: number; readonly exitCode: number }
  | { readonly kind: 'ready then crash'; readonly afterMs: number; readonly crashMs: number }
  | { readonly kind: 'port in use'; readonly afterMs: number }
  | { readonly kind: 'never' };

export const READY: Plan = { kind: 'ready', afterMs: 10 };

/** How long a drain takes; Infinity hangs until it is killed. */
const DRAIN_MS = 50;

/** A process that only exists in virtual time. */
export class FakeProcess implements WorkerProcess {
  readonly id: number;
  readonly pid: number;
  readonly launch: Started;
  readonly startedAt: number;
  readonly received: ToWorker[] = [];
  lastWords = '';
  drainMs = DRAIN_MS;
  isAlive = true;
  isReady = false;
  /** Whether it was told to leave, or said so. */
  isLeaving = false;
  readonly #clock: VirtualClock;
  readonly #listener: WorkerListener;
  readonly #plan: Plan;
  readonly #timers = new Set<Timer>();

  constructor(
    id: number,
    launch: Started,
    parts: { clock: VirtualClock; listener: WorkerListener; plan: Plan },
  ) {
    this.id = id;
    this.pid = 1_000 + id;
    this.launch = launch;
    this.#clock = parts.clock;
    this.#listener = parts.listener;
    this.#plan = parts.plan;
    this.startedAt = this.#clock.now();
    if (launch.slot !== undefined) this.#begin();
    else this.#after(5, () => this.#listener.onMessage({ holdfast: 'loaded' }));
  }

  get isDraining(): boolean {
    return this.received.some(({ holdfast }) => holdfast === 'drain');
  }

  send(message: ToWorker): undefined {
    if (!this.isAlive) return;
    this.received.push(message);
    if (message.holdfast === 'activate') this.#begin();
    if (message.holdfast === 'drain') this.drain();
    if (message.holdfast === 'goodbye')
      this.#after(1, () => this.exit({ exitCode: 0, signal: null }));
  }

  kill(signal: NodeJS.Signals): void {
    this.#after(1, () => this.exit({ exitCode: null, signal }));
  }

  exit(exit: Exit): void {
    if (!this.isAlive) return;
    this.isAlive = false;
    this.isReady = false;
    for (const timer of this.#timers) timer[Symbol.dispose]();
    this.#listener.onExit(exit);
  }

  /** As at a SIGTERM of its own. */
  leave(reason: 'signal' | 'asked' | 'error'): void {
    if (!this.isAlive) return;
    const isServing = reason !== 'error';
    this.#listener.onMessage({ holdfast: 'leaving', reason, detail: `by ${reason}`, isServing });
    if (!isServing) this.drain();
  }

  drain(): void {
    this.isReady = false;
    this.isLeaving = true;
    const report = { clean: true, tookMs: this.drainMs, open: [] };
    this.#after(this.drainMs, () => this.#listener.onMessage({ holdfast: 'bye', report }));
  }

  block(): void {
    if (this.isAlive) this.#listener.onBlocked({ blockedMs: 5_000, stack: 'at spin', detail: '' });
  }

  closeChannel(): void {
    this.drain();
    this.#listener.onChannelClosed();
  }

  unblock(): void {
    if (this.isAlive) this.#listener.onUnblocked({ blockedMs: 6_000 });
  }

  tell(message: Parameters<WorkerListener['onMessage']>[0]): void {
    if (this.isAlive) this.#listener.onMessage(message);
  }

  #begin(): void {
    const plan = this.#plan;
    if (plan.kind === 'never') return;
    this.#after(plan.afterMs, () => {
      if (plan.kind === 'crash') return this.exit({ exitCode: plan.exitCode, signal: null });
      if (plan.kind === 'port in use') {
        this.#listener.onMessage({ holdfast: 'fatal', detail: 'port 80 is in use' });
        return this.exit({ exitCode: 1, signal: null });
      }
      if (this.isLeaving) return;
      this.isReady = true;
      this.#listener.onMessage({ holdfast: 'ready' });
      if (plan.kind === 'ready then crash')
        this.#after(plan.crashMs, () => this.exit({ exitCode: 1, signal: null }));
    });
  }

  #after(delayMs: number, callback: () => void): void {
    if (delayMs === Infinity) return;
    const timer = this.#clock.setTimer(() => {
      this.#timers.delete(timer);
      callback();
    }, delayMs);
    this.#timers.add(timer);
  }
}

/** Starts processes that do as `plan` says for each. */
export class FakeLauncher implements Launcher {
  readonly rescued = 0;
  readonly processes: FakeProcess[] = [];
  plan: (nth: number) => Plan = () => READY;
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  get alive(): readonly FakeProcess[] {
    return this.processes.filter(({ isAlive }) => isAlive);
  }

  get ready(): readonly FakeProcess[] {
    return this.processes.filter(({ isReady }) => isReady);
  }

  outputEnded(): Promise<void> {
    return Promise.resolve();
  }

  launch(launch: Started, listener: WorkerListener): WorkerProcess {
    const id = this.processes.length + 1;
    const plan = this.plan(id);
    const process = new FakeProcess(id, launch, { clock: this.#clock, listener, plan });
    this.processes.push(process);
    return process;
  }
}
