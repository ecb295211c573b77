import {
  circuitBreaker,
  consecutive,
  countWindow,
  type CircuitBreakerOptions,
} from '@holdfast/core';
import {
  circuitBreaker as cockatielBreaker,
  ConsecutiveBreaker,
  CountBreaker,
  handleAll,
  SamplingBreaker,
  type IBreaker,
  type Policy,
} from 'cockatiel';
import { SlidingCountBreaker, type Circuit, type SlidingWindowBreakerOptions } from 'mollitia';
import Opossum from 'opossum';
import { figure } from '../../harness/table.ts';
import { HOUR_MS, type Call } from '../contender.ts';
import { circuitAround } from '../mollitia-circuit.ts';
import { contender, type Contender } from './contender.ts';

export const holdfast = (
  what: string,
  options: Omit<CircuitBreakerOptions, 'name'> = {},
): Contender =>
  contender(
    `Holdfast ${what}`,
    'holdfast',
    () => circuitBreaker({ name: 'bench', ...options }),
    (breaker, call) => breaker.execute(call),
  );

export const cockatiel = (
  what: string,
  breaker: () => IBreaker,
  handled: Policy = handleAll,
): Contender =>
  contender(
    `cockatiel ${what}`,
    'peer',
    () => cockatielBreaker(handled, { breaker: breaker(), halfOpenAfter: HOUR_MS }),
    (policy, call) => policy.execute(call),
  );

export const opossum = (what: string, options: Opossum.Options = {}): Contender =>
  contender(
    `opossum ${what}`,
    'peer',
    // Copied, because opossum writes its defaults into the object it is given.
    (call) => new Opossum(call, { ...options }),
    (circuit) => circuit.fire(),
  );

/** A circuit of mollitia with a breaker that counts calls. */
export const mollitiaCircuit = (call: Call, options: SlidingWindowBreakerOptions): Circuit =>
  circuitAround(call, [new SlidingCountBreaker(options)]);

export const mollitia = (what: string, options: SlidingWindowBreakerOptions): Contender =>
  contender(
    `mollitia ${what}`,
    'peer',
    (call) => mollitiaCircuit(call, options),
    (circuit) => circuit.execute(),
  );

export const holdfastCount = (size: number): Contender =>
  holdfast(`count ${figure(size)}`, { trip: countWindow({ size }) });

export const cockatielCount = (size: number): Contender =>
  cockatiel(`count ${figure(size)}`, () => new CountBreaker({ threshold: 0.5, size }));

export const mollitiaCount = (size: number): Contender =>
  mollitia(`count ${figure(size)}`, { slidingWindowSize: size, minimumNumberOfCalls: size });

export const holdfastDefaults = holdfast('defaults');
const holdfastConsecutive = holdfast('consecutive', { trip: consecutive(10) });
export const cockatielSampling = cockatiel(
  'sampling 10 s',
  () => new SamplingBreaker({ threshold: 0.5, duration: 10_000 }),
);
const cockatielConsecutive = cockatiel('consecutive', () => new ConsecutiveBreaker(10));
export const opossumDefaults = opossum('defaults');
export const opossumNoTimeout = opossum('timeout:false', { timeout: false });

/** Everybody's breaker in its usual configurations. */
export const contenders: readonly Contender[] = [
  holdfastCount(100),
  holdfastDefaults,
  holdfastConsecutive,
  cockatielConsecutive,
  cockatielCount(100),
  cockatielSampling,
  opossumNoTimeout,
  opossumDefaults,
  mollitiaCount(100),
];
