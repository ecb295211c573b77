import { circuitBreaker, type CircuitBreaker } from '@holdfast/core';
import * as undici8 from 'undici';
import * as undici7 from 'undici7';
import {
  breaker,
  bulkhead,
  deadline,
  rateLimit,
  retry,
  standard,
  timeout,
} from '../../../src/index.ts';
import { CONTEXT_ON_7, type Difference } from './deliberate.ts';
import type { Interceptor, Undici } from './world.ts';

/** Interceptors of ours that every scenario has to look the same through. */
export interface Stack {
  readonly name: string;
  readonly undici: Undici;
  readonly ours: (mode: Mode) => Ours;
  /** What stands in their place in the run without ours. */
  readonly without?: readonly Interceptor[];
  /** Whether it stands for one interceptor alone, which a core of the scenarios is enough for. */
  readonly alone?: boolean;
  /** Whether it sends a failed request again whatever the mode. */
  readonly retries?: boolean;
  /** How all that is seen through it differs, on purpose. */
  readonly differs?: Difference;
}

/** The interceptors of one run, and the circuit of an origin if there is one. */
export interface Ours {
  readonly interceptors: readonly Interceptor[];
  readonly circuit?: (origin: string) => CircuitBreaker | undefined;
}

/** Whether a failed request is to be sent again. */
export interface Mode {
  readonly retry: boolean;
}

/**
 * In undici 7 `compose` itself loses the case, order and number of raw headers, and the events of
 * sending, whatever the interceptor: so there ours are compared with one that passes all on.
 */
const DOES_NOTHING: Interceptor = (dispatch) => (options, handler) => dispatch(options, handler);

const ofStandard = ({ retry: retries }: Mode): Ours => {
  const interceptors = standard(retries ? {} : { retry: false });
  const { breaker: circuits } = interceptors.policies;
  return { interceptors, circuit: (origin) => circuits?.get(origin) };
};

const ofCircuit = (): Ours => {
  const circuit = circuitBreaker({ name: 'origin' });
  return { interceptors: [breaker(circuit)], circuit: () => circuit };
};

const alone = (name: string, make: () => Interceptor): Stack => ({
  name: `${name} alone`,
  undici: undici8,
  ours: () => ({ interceptors: [make()] }),
  alone: true,
  retries: name === 'retry',
});

export const STACKS: readonly Stack[] = [
  { name: 'standard()', undici: undici8, ours: ofStandard },
  // The two differ only in classes that have private parts.
  {
    name: 'standard(), undici 7',
    undici: undici7 as unknown as Undici,
    ours: ofStandard,
    without: [DOES_NOTHING],
    differs: CONTEXT_ON_7,
  },
  { name: 'breaker(circuit)', undici: undici8, ours: ofCircuit },
  alone('breaker', breaker),
  alone('bulkhead', () => bulkhead({ concurrency: 100 })),
  alone('rateLimit', () => rateLimit({ rate: 1_000 })),
  alone('retry', retry),
  alone('timeout', () => timeout({ timeoutMs: 10_000 })),
  alone('deadline', () => deadline({ deadlineMs: 10_000 })),
];
