import type {
  BreakerCounters,
  CircuitMode,
  CircuitState,
  TransitionReason,
} from '../../../src/circuit-breaker/types.ts';
import type { RefusalCode } from '../../../src/errors.ts';
import type { Settings } from './settings.ts';
import { coarseRandom } from './settings.ts';
import { emptyWindows } from './windows.ts';
import type { ModelWindow } from './windows.ts';

/** One call, from asking for leave to its settlement. */
export interface Ticket {
  readonly id: number;
  status: 'waiting' | 'admitted' | 'settled' | 'refused' | 'aborted';
  generation: number;
  probe: boolean;
  /** False for calls that `disabled` or `shadow` let through. */
  recorded: boolean;
  startedAt: number;
  leaseEndsAt: number;
  revoked: boolean;
  waitEndsAt: number;
  /** Why the caller's signal aborted, once it has. */
  aborted: AbortKind | undefined;
  code: RefusalCode | undefined;
  retryAfterMs: number | undefined;
}

export type AbortKind = 'abort' | 'custom' | 'timeout' | 'hf-timeout';

/** `['transition', from, to, …]`, `['refusal', code, …]` and so on. */
export type ModelEvent = readonly [type: EventType, ...details: unknown[]];
export type EventType =
  | 'transition'
  | 'outcome'
  | 'refusal'
  | 'wouldRefuse'
  | 'mode'
  | 'isolation'
  | 'ramp'
  | 'lease';

export interface Change {
  readonly from: CircuitState;
  readonly to: CircuitState;
  readonly reason: TransitionReason;
  readonly at: number;
}

/** The whole breaker as plain fields. */
export interface Model {
  settings: Settings;
  readonly random: () => number;
  now: number;
  wall: number;
  state: CircuitState;
  mode: CircuitMode;
  disposed: boolean;
  /** Disposed, and the waiting calls have been told. */
  silent: boolean;
  isolations: { readonly reason: string }[];
  generation: number;
  /** Opens in a row. */
  k: number;
  openUntil: number;
  closedAt: number;
  windows: ModelWindow[];
  streak: { length: number; lengthenedAt: number };
  probing: { successes: number; failures: number; unsettled: Ticket[] } | undefined;
  ramp: { readonly startedAt: number; readonly from: number; readonly overMs: number } | undefined;
  readonly tickets: Ticket[];
  waiting: Ticket[];
  readonly counters: { -readonly [Name in keyof BreakerCounters]: number };
  inFlight: number;
  lastChange: Change | undefined;
  lastOpening: Change | undefined;
  lastRefusal: { readonly code: RefusalCode; readonly at: number } | undefined;
  /** Events that nobody has heard yet. */
  queue: ModelEvent[];
  readonly trace: Record<EventType, unknown[][]>;
  listeners: ModelListener[];
  /** How often a listener or classifier threw. */
  reports: number;
  /** How often a listener's promise rejected. */
  rejections: number;
  /** How many operations are on the stack; listeners run when it is 1. */
  depth: number;
}

/** Listens to transitions. `act` runs once, after which the listener removes itself. */
export type ModelListener =
  | { readonly kind: 'noop' | 'throws' | 'rejects' }
  | { readonly kind: 'acts'; readonly act: (model: Model) => void };

export const createModel = (settings: Settings, wall: number): Model => ({
  settings,
  random: coarseRandom(settings.seed),
  now: 0,
  wall,
  state: 'CLOSED',
  mode: 'automatic',
  disposed: false,
  silent: false,
  isolations: [],
  generation: 0,
  k: 0,
  openUntil: 0,
  closedAt: 0,
  windows: emptyWindows(settings.rules),
  streak: { length: 0, lengthenedAt: 0 },
  probing: undefined,
  ramp: undefined,
  tickets: [],
  waiting: [],
  counters: {
    admitted: 0,
    refused: 0,
    successes: 0,
    failures: 0,
    slow: 0,
    ignored: 0,
    lateSuccesses: 0,
    lateFailures: 0,
    unrecorded: 0,
    wouldRefuse: 0,
    stalled: 0,
  },
  inFlight: 0,
  lastChange: undefined,
  lastOpening: undefined,
  lastRefusal: undefined,
  queue: [],
  trace: {
    transition: [],
    outcome: [],
    refusal: [],
    wouldRefuse: [],
    mode: [],
    isolation: [],
    ramp: [],
    lease: [],
  },
  listeners: [],
  reports: 0,
  rejections: 0,
  depth: 0,
});

export const emit = (model: Model, ...event: ModelEvent): void => {
  if (!model.silent) model.queue.push(event);
};
