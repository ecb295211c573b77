import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { CHANNELS } from '../events/channels.ts';
import { clockOf } from '../options/time-and-chance.ts';
import { assertOptions, booleanOf, given, nameOf, wrongType } from '../options/validate.ts';
import type { Clock } from '../runtime/clock.ts';
import type { TraceEvent } from './trace-event.ts';
import { lineOf } from './trace-line.ts';

/** Options of `recordTrace`. */
export interface TraceOptions {
  /** Whose time stands in the events. Default: the system's. */
  readonly clock?: Clock | undefined;
  /** Only policies of these names. Default: all of the process, those of other tests included. */
  readonly names?: readonly string[] | undefined;
  /**
   * Records `holdfast:call` too, every call of a breaker. Default false: a breaker that is listened to
   * measures its calls, which it does not do otherwise.
   */
  readonly calls?: boolean | undefined;
}

/** What happened since it was made, or since `clear`. Disposing it stops it and keeps the events. */
export interface Trace extends Disposable {
  /** In the order in which they were published. */
  readonly events: readonly TraceEvent[];
  /** The same for people, a line an event: `12 ms  breaker payments: CLOSED -> OPEN (consecutive)`. */
  lines(): string[];
  /** Forgets the events so far. */
  clear(): void;
}

const namesOf = (names: readonly string[] | undefined): ReadonlySet<string> | undefined => {
  if (names === undefined) return undefined;
  if (!Array.isArray(names)) throw wrongType('names', names, 'a list of names of policies');
  return new Set(names.map((name) => nameOf('names[]', name)));
};

/**
 * Records what Holdfast's policies tell on their diagnostics channels, so that a test can compare a
 * whole incident with a list. Throws `TypeError` for a wrong option.
 */
export const recordTrace = (options: TraceOptions = {}): Trace => {
  assertOptions('recordTrace', options, ['clock', 'names', 'calls']);
  const clock = clockOf(options.clock);
  const names = namesOf(options.names);
  const calls = booleanOf('calls', given(options.calls, false));
  let events: TraceEvent[] = [];
  const subscriptions = Object.entries(CHANNELS)
    .filter(([channel]) => calls || channel !== 'call')
    .map(([channel, fullName]) => {
      const hear = (message: unknown): void => {
        // Only policies publish here, and each channel has its one type of message.
        const event = { atMs: clock.now(), channel, ...(message as object) } as TraceEvent;
        if (names?.has(event.name) !== false) events.push(event);
      };
      subscribe(fullName, hear);
      return { fullName, hear };
    });
  return {
    get events() {
      return events;
    },
    lines: () => events.map(lineOf),
    clear: () => void (events = []),
    [Symbol.dispose]: () => {
      for (const { fullName, hear } of subscriptions) unsubscribe(fullName, hear);
    },
  };
};
