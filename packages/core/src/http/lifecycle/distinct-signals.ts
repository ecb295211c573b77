import { systemClock } from '../../runtime/system-clock.ts';

/** Nobody decides otherwise in so short a time. */
const SAME_MS = 250;

/**
 * A listener of signals that a signal reaches once. Whoever passes signals on, as npm and a shell do, and whoever signals
 * the process and then its whole group, as GNU's `timeout`, tells the same one twice within milliseconds: that is no
 * second signal, at which requests would be cut.
 */
export const distinctSignals = (
  listener: (signal: NodeJS.Signals) => void,
): ((signal: NodeJS.Signals) => void) => {
  let heardAt = -Infinity;
  return (signal) => {
    const now = systemClock.now();
    if (now - heardAt < SAME_MS) return;
    heardAt = now;
    listener(signal);
  };
};
