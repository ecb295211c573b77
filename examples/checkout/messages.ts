import type { BreakerEvents, CircuitState } from '@holdfast/core';
import type { Disturbance } from './disturbances.ts';
import type { Phase } from './incident.ts';

/** The two checkout APIs: the same program, as one plain process, and with Holdfast in two workers. */
export type Side = 'bare' | 'holdfast';
export const SIDES: readonly Side[] = ['bare', 'holdfast'];

/**
 * What the customer got: charged at once (200), accepted and charged later (202), turned away with
 * 503 and Retry-After, any other answer, or no answer before the customer gave up.
 */
export type Outcome = 'paid' | 'later' | 'refused' | 'error' | 'timeout';

/** One order. */
export interface Sample {
  readonly side: Side;
  /** When it was due to be sent, in milliseconds since the start. */
  readonly at: number;
  /** From then until the whole answer was there. */
  readonly latencyMs: number;
  readonly outcome: Outcome;
}

/** Calls that reached the payments service, per caller and phase of arrival. */
export type Calls = Readonly<Record<Side, Readonly<Record<Phase, number>>>>;

export interface Transition extends Readonly<
  Pick<BreakerEvents['transition'], 'from' | 'to' | 'reason'>
> {
  /** By the time of day. */
  readonly atMs: number;
  /** The slot of the worker whose circuit it is. */
  readonly slot: number;
  /** `explain()` at that moment. */
  readonly summary: string;
}

/** Orders so far. */
interface Load {
  readonly type: 'load';
  /** When this was written, in milliseconds since the start. */
  readonly at: number;
  /** To each side. */
  readonly sent: number;
  /** Those that ended since the last report. */
  readonly samples: readonly Sample[];
}

/** How one worker stands. */
export interface CircuitReport {
  readonly slot: number;
  readonly pid: number;
  readonly state: CircuitState;
  readonly summary: string;
  /** Orders whose payment was put off, and how many of these have been charged since. */
  readonly putOff: number;
  readonly chargedLater: number;
}

/** What the processes tell main. */
export type Message =
  | { readonly type: 'ready'; readonly url?: string }
  | { readonly type: 'calls'; readonly calls: Calls }
  | { readonly type: 'circuit'; readonly circuit: CircuitReport }
  | { readonly type: 'transition'; readonly transition: Transition }
  | Load
  /** Its effect is over. */
  | { readonly type: 'disturbance'; readonly disturbance: Disturbance }
  | { readonly type: 'undisturbed' }
  | { readonly type: 'done' };

/** What main tells them all: the time of day at which the script begins, and that customers stop coming. */
export type Command = { readonly type: 'start'; readonly atMs: number } | { readonly type: 'stop' };

/** How often the processes report. */
export const REPORT_EVERY_MS = 200;
