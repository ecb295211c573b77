import type { Side } from '../../harness/suite.ts';
import type { Call, Guard } from '../contender.ts';

/** Many breakers around one call. */
export interface Crowd {
  /** Sends one call through each breaker, one after another. */
  readonly callEach: () => Promise<void>;
}

/** One library in one configuration, to be put around any call, once or many times. */
export interface Contender extends Guard {
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
