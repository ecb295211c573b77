import { FirstSignal } from '@holdfast/core/lifecycle';
import type { StopReport } from './supervisor-events.ts';

/** What signals ask for. */
export interface Signalled {
  stop(reason: string): Promise<StopReport>;
  /** Ends all workers at once, so that `stop` is over soon; exits where it is not. */
  kill(exit: () => void): void;
  reload(): void;
}

/** Why a process that a second signal ends has ended. */
const FORCED = 1;

/**
 * SIGTERM and SIGINT stop the cluster and end this process: with 0 where all left cleanly, else with 1. The second of
 * them, 250 ms later or more, ends all at once. SIGHUP reloads. Disposing takes it back.
 */
export const obeySignals = (signalled: Signalled): Disposable => {
  let isLeaving = false;
  const told = new FirstSignal();
  const onStop = (signal: NodeJS.Signals): void => {
    const which = told.tell();
    if (which === 'second') signalled.kill(() => process.exit(FORCED));
    if (which !== 'first') return;
    isLeaving = true;
    void signalled.stop(signal).then(({ clean }) => {
      const { exitCode = 0 } = process;
      process.exit(clean ? exitCode : exitCode || FORCED);
    });
  };
  const onReload = (): void => signalled.reload();
  process.on('SIGTERM', onStop);
  process.on('SIGINT', onStop);
  process.on('SIGHUP', onReload);
  return {
    [Symbol.dispose]: () => {
      if (isLeaving) return; // a second signal is heard until the process ends
      process.off('SIGTERM', onStop);
      process.off('SIGINT', onStop);
      process.off('SIGHUP', onReload);
    },
  };
};
