import type { Executable } from '@holdfast/core';
import { TimeoutStrategy, type IPolicy } from 'cockatiel';
import type { Contestant, RatioGroup } from '../../harness/suite.ts';
import { succeeded, succeeding } from '../contender.ts';
import {
  cockatielPolicies,
  countPolicies,
  holdfastPolicies,
  standardPolicies,
  USUAL,
} from './stacks.ts';

interface Context {
  readonly signal: AbortSignal;
}

/** A call that hands its signal on, as `fetch` is given one. */
const readingSignal = (): ((context: Context) => Promise<unknown>) => {
  const call = succeeding();
  return ({ signal }) => (signal.aborted ? Promise.reject(signal.reason) : call());
};

const callerSignal = (): AbortSignal => new AbortController().signal;

const ofHoldfast = (what: string, construct: () => Executable): Contestant => ({
  name: `Holdfast ${what}`,
  side: 'holdfast',
  make: () => {
    const [policy, call, signal] = [construct(), readingSignal(), callerSignal()];
    return () => policy.execute(call, { signal });
  },
});

const ofCockatiel = (what: string, construct: () => IPolicy): Contestant => ({
  name: `cockatiel ${what}`,
  side: 'peer',
  make: () => {
    const [policy, call, signal] = [construct(), readingSignal(), callerSignal()];
    return () => policy.execute(call, signal);
  },
});

export const stackWithSignal: RatioGroup = {
  kind: 'ratio',
  id: 'stack-with-signal',
  title:
    'Retry, breaker, bulkhead and timeout; the caller gives a signal and the call reads its own',
  loop: 'awaited',
  bare: () => {
    const [call, signal] = [readingSignal(), callerSignal()];
    return () => call({ signal });
  },
  expects: succeeded,
  contestants: [
    ofHoldfast('stack, count 100', () => countPolicies(USUAL)),
    ofHoldfast('stack, defaults', () => holdfastPolicies(USUAL)),
    ofHoldfast('standardPipeline', () => standardPolicies(USUAL)),
    ofCockatiel('stack, timeout cooperative', () =>
      cockatielPolicies(USUAL, TimeoutStrategy.Cooperative),
    ),
    ofCockatiel('stack, timeout aggressive', () =>
      cockatielPolicies(USUAL, TimeoutStrategy.Aggressive),
    ),
  ],
  goals: [],
};
