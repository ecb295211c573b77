import type { Contestant, Operation, Side } from '../harness/suite.ts';

/** The function behind the policy. */
export type Call = () => Promise<unknown>;

/** One library in one configuration, to be put around any call. */
export interface Guard {
  readonly name: string;
  readonly side: Side;
  readonly guard: (call: Call) => Operation;
}

/** The guard as a row: its operation is made of the policy around `call`. */
export const around =
  (call: () => Call) =>
  ({ name, side, guard }: Guard): Contestant => ({ name, side, make: () => guard(call()) });

/** Longer than any run, so that what is open stays open and what hangs is not timed out. */
export const HOUR_MS = 3_600_000;

const VALUE = 1;

/** A call that succeeds at once. */
export const succeeding = (): Call => async () => VALUE;

/** Whether a call got through to `succeeding`. */
export const succeeded = (outcome: unknown): boolean => outcome === VALUE;
