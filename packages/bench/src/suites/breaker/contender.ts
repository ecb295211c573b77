import type { Contestant, Operation, Side } from '../../harness/suite.ts';

/** The function behind the breaker. */
export type Call = () => Promise<unknown>;

/** Many breakers around one call. */
export interface Crowd {
  /** Sends one call through each breaker, one after another. */
  readonly callEach: () => Promise<void>;
}

/** One library in one configuration, to be put around any call. */
export interface Contender {
  readonly name: string;
  readonly side: Side;
  readonly guard: (call: Call) => Operation;
  readonly crowd: (size: number, call: Call) => Crowd;
}

/** Makes a contender of how to construct its breaker and how to call through it. */
export const contender = <Breaker>(
  name: string,
  side: Side,
  construct: (call: Call) => Breaker,
  run: (breaker: Breaker, call: Call) => Promise<unknown>,
): Contender => ({
  name,
  side,
  guard: (call) => {
    const breaker = construct(call);
    return () => run(breaker, call);
  },
  crowd: (size, call) => {
    const breakers = Array.from({ length: size }, () => construct(call));
    return {
      callEach: async () => {
        for (const breaker of breakers) await run(breaker, call);
      },
    };
  },
});

/** The contender as a row: its operation is made of the breaker around `call`. */
export const around =
  (call: () => Call) =>
  ({ name, side, guard }: Contender): Contestant => ({ name, side, make: () => guard(call()) });

const VALUE = 1;

/** A call that succeeds at once. */
export const succeeding = (): Call => async () => VALUE;

/** Whether a call got through to `succeeding`. */
export const succeeded = (outcome: unknown): boolean => outcome === VALUE;
