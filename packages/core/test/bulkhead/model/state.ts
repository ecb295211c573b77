import type { Settings } from './settings.ts';

/**
 * How a call goes in: by itself, in a stack of one, over or under a timeout, or as a permit that may
 * wait or may not.
 */
export type Way = 'alone' | 'stacked' | 'over' | 'under' | 'acquire' | 'try';

/** What the work does once it runs: the last two end when the test says so, or heed an abort. */
export type Work = 'value' | 'thenable' | 'throws' | 'rejects' | 'pends' | 'heeds';

export interface Arrival {
  readonly way: Way;
  readonly work: Work;
  readonly priority: number;
  /** When the call must be over; for `alone`, `stacked` and `acquire`. */
  readonly deadline: number | undefined;
}

/** One that came, and what became of it. */
export interface Ticket extends Arrival {
  readonly id: number;
  /** `waiting`, `inside`, or how its caller was answered. */
  status: string;
  /** Whether it takes up a slot. */
  slot: boolean;
  /** Whether its work runs. */
  running: boolean;
  late: boolean;
  /** When its wait ends, and with what. */
  waitEnds: number;
  readonly outerDue: number;
  innerDue: number;
}

/** Everything that can be seen of a bulkhead, and what it is computed from. */
export interface Model {
  now: number;
  settings: Settings;
  disposed: boolean;
  readonly tickets: Ticket[];
  /** Ids in the order in which work began. */
  readonly started: number[];
  /** Codes in the order in which they were told. */
  readonly told: string[];
  admitted: number;
  refused: number;
  expired: number;
  aborted: number;
}

export const createModel = (settings: Settings): Model => ({
  now: 0,
  settings,
  disposed: false,
  tickets: [],
  started: [],
  told: [],
  admitted: 0,
  refused: 0,
  expired: 0,
  aborted: 0,
});

export const slotsTaken = ({ tickets }: Model): number => tickets.filter(({ slot }) => slot).length;

/** Those who wait, in the order in which they are to be served. */
export const line = ({ tickets, settings }: Model): Ticket[] =>
  inOrder(
    tickets.filter(({ status }) => status === 'waiting'),
    settings.order,
  );

/** By what the orders mean. Ids count arrivals. */
export const inOrder = (tickets: readonly Ticket[], order: Settings['order']): Ticket[] =>
  tickets.toSorted((one, other) => {
    if (order === 'fifo') return one.id - other.id;
    if (order === 'lifo') return other.id - one.id;
    return other.priority - one.priority || one.id - other.id;
  });

export const modelSnapshot = (model: Model): object => ({
  name: 'model',
  concurrency: model.settings.concurrency,
  queue: model.settings.queue,
  order: model.settings.order,
  inFlight: slotsTaken(model),
  waiting: line(model).length,
  lateInFlight: model.tickets.filter(({ late }) => late).length,
  admitted: model.admitted,
  refused: model.refused,
  expired: model.expired,
  aborted: model.aborted,
});
