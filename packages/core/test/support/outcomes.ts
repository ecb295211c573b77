import fc from 'fast-check';
import { FAILURE, SLOW, SUCCESS, type Outcome } from '../../src/circuit-breaker/window.ts';

export const outcome: fc.Arbitrary<Outcome> = fc.constantFrom(SUCCESS, FAILURE, SLOW);

export interface Counts {
  readonly total: number;
  readonly failures: number;
  readonly slow: number;
}

/** Counts a list by looking at each of its outcomes. */
export const countsOf = (outcomes: readonly Outcome[]): Counts => ({
  total: outcomes.length,
  failures: outcomes.filter((each) => each === FAILURE).length,
  slow: outcomes.filter((each) => each === SLOW).length,
});

/** The counts alone, of whatever has them. */
export const countsIn = ({ total, failures, slow }: Counts): Counts => ({ total, failures, slow });
