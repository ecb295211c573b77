import { systemClock } from '../../runtime/system-clock.ts';
import { processWide } from '../../runtime/process-wide.ts';
import { FirstSignal } from './first-signal.ts';
import type { DrainReport, DrainStartOptions } from './types.ts';

/** What has to be over before the process may exit. */
export interface Exiting {
  readonly signals: readonly NodeJS.Signals[];
  /** Requests that are not over. */
  readonly inFlight: number;
  /** Begins, and tells how it went. Never rejects. */
  start(reason: string, options?: DrainStartOptions): Promise<DrainReport>;
}

/** Takes an `Exiting` back when disposed of. */
export interface SignalWatch extends Disposable {
  /** Whether a signal has come, and the process will exit. */
  readonly isLeaving: boolean;
}

/** Who of this process waits for a signal, and what has come of it. */
interface Exits {
  /** The process exits when the last of them is done. */
  readonly waiting: Set<Exiting>;
  readonly onSignal: (signal: NodeJS.Signals) => void;
  leaving: boolean;
  supervision: { joined(exiting: Exiting): void } | undefined;
}

const leave = async (exits: Exits, signal: NodeJS.Signals): Promise<void> => {
  const reports = await Promise.all(Array.from(exits.waiting, (each) => each.start(signal)));
  // Whoever waits for the same report has its say first.
  systemClock.afterPoll(() => {
    if (!exits.leaving) return;
    const { exitCode = 0 } = process;
    // A code that the program has set stands, unless it says that all is well where it is not.
    process.exit(reports.every(({ clean }) => clean) ? exitCode : exitCode || 1);
  });
};

const noExits = (): Exits => {
  let told = new FirstSignal();
  const none: Exits = {
    waiting: new Set(),
    onSignal: (signal) => {
      if (none.supervision !== undefined) return;
      if (none.leaving) {
        if (told.tell() === 'second') process.exit(1);
        return;
      }
      none.leaving = true;
      told = new FirstSignal();
      told.tell();
      void leave(none, signal);
    },
    leaving: false,
    supervision: undefined,
  };
  return none;
};

const exits = processWide('exits', noExits);

const listensTo = (signal: NodeJS.Signals): boolean =>
  Array.from(exits.waiting).some(({ signals }) => signals.includes(signal));

/**
 * The first signal starts all that were handed over, and the process exits once they are over; a second one,
 * 250 ms later or more, exits at once. Disposing takes one back; when none is left, nothing listens and nothing exits any more.
 */
export const exitOnSignals = (exiting: Exiting): SignalWatch => {
  for (const signal of exiting.signals) if (!listensTo(signal)) process.on(signal, exits.onSignal);
  if (exiting.signals.length > 0) {
    exits.waiting.add(exiting);
    exits.supervision?.joined(exiting);
  }
  return {
    get isLeaving() {
      return exits.leaving && exits.waiting.has(exiting);
    },
    [Symbol.dispose]: () => {
      if (!exits.waiting.delete(exiting)) return;
      for (const signal of exiting.signals)
        if (!listensTo(signal)) process.removeListener(signal, exits.onSignal);
      if (exits.waiting.size === 0) exits.leaving = false;
    },
  };
};

/** Says when a process ends, in place of signals. Made by `superviseExits()`; disposing gives it back to them. */
export interface ExitSupervision extends Disposable {
  /** Requests that are not over, of all drains that a signal would start. */
  readonly inFlight: number;
  /**
   * Starts all drains that a signal would start, those too that are made while it waits for them, and gives their
   * reports when all are over: the same promise every time. Never rejects, and exits nothing.
   */
  start(reason: string, options?: DrainStartOptions): Promise<readonly DrainReport[]>;
}

class Supervision implements ExitSupervision {
  readonly #reports = new Map<Exiting, Promise<DrainReport>>();
  #begin: ((exiting: Exiting) => Promise<DrainReport>) | undefined = undefined;
  #over: Promise<readonly DrainReport[]> | undefined = undefined;

  get inFlight(): number {
    return Array.from(exits.waiting).reduce((sum, { inFlight }) => sum + inFlight, 0);
  }

  start(reason: string, options?: DrainStartOptions): Promise<readonly DrainReport[]> {
    this.#begin ??= (exiting) => exiting.start(reason, options);
    this.#over ??= this.#startAll();
    return this.#over;
  }

  /** One that comes late, and is still being made. */
  joined(exiting: Exiting): void {
    if (this.#begin !== undefined) queueMicrotask(() => this.#startOne(exiting));
  }

  [Symbol.dispose](): void {
    if (exits.supervision === this) exits.supervision = undefined;
  }

  async #startAll(): Promise<readonly DrainReport[]> {
    for (const exiting of exits.waiting) this.#startOne(exiting);
    let known = -1;
    while (known < this.#reports.size) {
      known = this.#reports.size;
      await Promise.all(this.#reports.values());
    }
    return Promise.all(this.#reports.values());
  }

  #startOne(exiting: Exiting): void {
    if (this.#begin !== undefined && !this.#reports.has(exiting))
      this.#reports.set(exiting, this.#begin(exiting));
  }
}

/**
 * From now on signals end nothing by themselves: for who decides in their place when this process ends, as a worker of
 * a cluster does. Drains go on to listen to their signals, so that Node does not end the process at one.
 */
export const superviseExits = (): ExitSupervision => {
  const own = new Supervision();
  exits.supervision = own;
  return own;
};
