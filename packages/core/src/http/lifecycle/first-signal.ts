import { systemClock } from '../../runtime/system-clock.ts';

/** Nobody decides otherwise in so short a time. */
const SAME_MS = 250;

/** The first signal by which a process is told to end, and which others are the same, told again. */
export class FirstSignal {
  #at: number | undefined = undefined;

  /**
   * What the signal is that comes now. Whoever passes signals on, as npm and a shell do, and whoever signals a process and
   * then its whole group, as GNU's `timeout`, tells the same one twice within milliseconds: that is no second signal, at
   * which requests would be cut.
   */
  tell(): 'first' | 'again' | 'second' {
    const now = systemClock.now();
    if (this.#at !== undefined) return now - this.#at < SAME_MS ? 'again' : 'second';
    this.#at = now;
    return 'first';
  }
}
