import { circuitBreaker } from '@holdfast/core';
import { circuitBreaker as cockatielBreaker, ConsecutiveBreaker, handleAll } from 'cockatiel';
import { BreakerState } from 'mollitia';
import Opossum from 'opossum';
import type { Contestant } from '../../harness/suite.ts';
import { HOUR_MS, succeeding } from '../contender.ts';
import { mollitiaCircuit } from './contenders.ts';

const opened = (): ReturnType<typeof circuitBreaker> => {
  const breaker = circuitBreaker({ name: 'bench' });
  breaker.open(HOUR_MS);
  return breaker;
};

export const holdfastExecute: Contestant = {
  name: 'Holdfast execute',
  side: 'holdfast',
  make: () => {
    const breaker = opened();
    const call = succeeding();
    return () => breaker.execute(call);
  },
};

export const holdfastAttempt: Contestant = {
  name: 'Holdfast attempt',
  side: 'holdfast',
  make: () => {
    const breaker = opened();
    const call = succeeding();
    return () => breaker.attempt(call);
  },
};

const cockatielOpen: Contestant = {
  name: 'cockatiel',
  side: 'peer',
  make: async () => {
    const breaker = new ConsecutiveBreaker(1);
    const policy = cockatielBreaker(handleAll, { breaker, halfOpenAfter: HOUR_MS });
    const trip = policy.execute(() => {
      throw new Error('down');
    });
    await trip.catch(() => undefined);
    const call = succeeding();
    return () => policy.execute(call);
  },
};

const opossumOpen: Contestant = {
  name: 'opossum',
  side: 'peer',
  make: () => {
    const circuit = new Opossum(succeeding(), { resetTimeout: HOUR_MS });
    circuit.open();
    return () => circuit.fire();
  },
};

const mollitiaOpen: Contestant = {
  name: 'mollitia',
  side: 'peer',
  make: () => {
    const options = { state: BreakerState.OPENED, openStateDelay: HOUR_MS };
    const circuit = mollitiaCircuit(succeeding(), options);
    return () => circuit.execute();
  },
};

/** Breakers of others that refuse every call. */
export const openPeers: readonly Contestant[] = [cockatielOpen, opossumOpen, mollitiaOpen];
