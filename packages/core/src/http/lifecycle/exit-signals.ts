import { systemClock } from '../../runtime/system-clock.ts';

/** What has to be over before the process may exit. */
export interface Exiting {
  readonly signals: readonly NodeJS.Signals[];
  /** Begins, and tells how it went. Never rejects. */
  start(signal: NodeJS.Signals): Promise<{ readonly clean: boolean }>;
}

/** Takes an `Exiting` back when disposed of. */
export interface SignalWatch extends Disposable {
  /** Whether a signal has come, and the process will exit. */
  readonly isLeaving: boolean;
}

/** Everybody of this process who waits for a signal; it exits when the last of them is done. */
const exits = new Set<Exiting>();
let leaving = false;

const leave = async (signal: NodeJS.Signals): Promise<void> => {
  const reports = await Promise.all(Array.from(exits, (each) => each.start(signal)));
  // Whoever waits for the same report has its say first.
  systemClock.afterPoll(() => {
    if (!leaving) return;
    const { exitCode = 0 } = process;
    // A code that the program has set stands, unless it says that all is well where it is not.
    process.exit(reports.every(({ clean }) => clean) ? exitCode : exitCode || 1);
  });
};

const onSignal = (signal: NodeJS.Signals): void => {
  if (leaving) process.exit(1);
  leaving = true;
  void leave(signal);
};

const listensTo = (signal: NodeJS.Signals): boolean =>
  Array.from(exits).some(({ signals }) => signals.includes(signal));

/**
 * The first signal starts all that were handed over, and the process exits once they are over; a second one
 * exits at once. Disposing takes one back; when none is left, nothing listens and nothing exits any more.
 */
export const exitOnSignals = (exiting: Exiting): SignalWatch => {
  for (const signal of exiting.signals) if (!listensTo(signal)) process.on(signal, onSignal);
  if (exiting.signals.length > 0) exits.add(exiting);
  return {
    get isLeaving() {
      return leaving && exits.has(exiting);
    },
    [Symbol.dispose]: () => {
      if (!exits.delete(exiting)) return;
      for (const signal of exiting.signals)
        if (!listensTo(signal)) process.removeListener(signal, onSignal);
      if (exits.size === 0) leaving = false;
    },
  };
};
