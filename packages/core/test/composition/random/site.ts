import type { Executable, Random, RetryBudget } from '../../../src/index.ts';
import type { RecordingClock } from '../../support/recording-clock.ts';
import type { Surroundings } from './deeds.ts';
import type { Execution } from './execution.ts';
import type { SinglePlan } from './plan.ts';

/** What policies are made of and in. */
export interface Site extends Surroundings {
  readonly clock: RecordingClock;
  readonly random: Random;
  readonly budget: RetryBudget;
  /** Whose call it is. */
  of(context: { readonly priority: number }): Execution;
  fault(text: string): void;
}

/** A policy of a random world. */
export interface Built {
  readonly plan: SinglePlan;
  readonly policy: Executable<unknown>;
  /** Makes it turn calls away for a while, where it can. */
  refuse?(which: number): unknown;
  relent?(): void;
  dispose?(): void;
  /** Calls that wait in it now. */
  waiting?(): number;
  /** Expects that it holds nothing and that its sums are right, once all is over. */
  expectQuiet?(): void;
}
