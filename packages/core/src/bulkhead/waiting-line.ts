import { ArrivalLine } from './arrival-line.ts';
import type { QueueOrder } from './options.ts';
import type { Place } from './place.ts';
import { PriorityLine } from './priority-line.ts';

/** Those who wait, in the order they are served. Adding and removing take O(log n) at most. */
export interface WaitingLine<P> {
  readonly size: number;
  /** The next to be served. */
  readonly first: P | undefined;
  /** The next to go when there is no room for all. */
  readonly last: P | undefined;
  /** Who would go to make room for a newcomer; undefined where that is the newcomer itself. */
  rivalOf(priority: number): P | undefined;
  add(place: P): void;
  /** Only for one who is in the line. */
  remove(place: P): void;
}

export const waitingLine = <P extends Place<P>>(order: QueueOrder): WaitingLine<P> =>
  order === 'priority' ? new PriorityLine<P>() : new ArrivalLine<P>(order);
