import { breaker, type Fault } from './fault.ts';

/** Windows, streaks and rates. */
export const WINDOW_FAULTS: readonly Fault[] = [
  {
    title: 'the window is not advanced after idling',
    file: breaker('time-window'),
    find: 'if (slice > this.#slice) this.#moveTo(slice);',
    replace: 'if (slice > this.#slice) this.#moveTo(this.#slice + 1);',
  },
  {
    title: 'a stale slice is kept when the ring comes round',
    file: breaker('time-window'),
    find: '    ring.fill(0, at, at + FIELDS);\n',
    replace: '',
  },
  {
    title: 'reading a window counts slices that have expired',
    file: breaker('time-window'),
    find: 'back < this.slices - expired;',
    replace: 'back < this.slices;',
  },
  {
    title: 'the count window forgets nothing',
    file: breaker('count-window'),
    find: 'if (this.total === this.size) this.#forget(ring[at]);\n    else this.total++;',
    replace: 'if (this.total < this.size) this.total++;',
  },
  {
    title: 'rates compare with > instead of >=',
    file: breaker('trip-meter'),
    find: 'window.failures / window.total >= (limits.failureRate ?? Infinity)',
    replace: 'window.failures / window.total > (limits.failureRate ?? Infinity)',
  },
  {
    title: 'a rate is looked at before `minCalls`',
    file: breaker('trip-meter'),
    find: 'window.total < limits.minCalls',
    replace: 'window.total < limits.minCalls - 1',
  },
  {
    title: 'a dying session lengthens the streak with each of its failures',
    file: breaker('streak'),
    find: 'return now - this.#lastAt < SAME_CAUSE_MS ? this.length : this.length + 1;',
    replace: 'return this.length + 1;',
  },
  {
    title: 'a success does not end the streak',
    file: breaker('trip-meter'),
    find: 'else if (this.#streak.length > 0) this.#streak.end();',
    replace: '',
  },
];
