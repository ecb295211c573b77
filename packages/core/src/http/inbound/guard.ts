import { isBulkhead } from '../../bulkhead/is-bulkhead.ts';
import type { Bulkhead } from '../../bulkhead/types.ts';
import { isCircuit } from '../../circuit-breaker/is-circuit.ts';
import type { BreakerRegistry } from '../../circuit-breaker/registry.ts';
import type { CircuitBreaker } from '../../circuit-breaker/types.ts';
import type { DeadlineOptions } from '../../deadline/deadline.ts';
import type { KeyedRegistry } from '../../registry/types.ts';
import type { TimeoutOptions } from '../../timeout/timeout.ts';
import type { TimeLimitPolicy } from '../../timeout/types.ts';
import { health as makeHealth } from '../lifecycle/health.ts';
import type { Health } from '../lifecycle/health-types.ts';
import { breakerGate } from './breaker-gate.ts';
import { bulkheadGate } from './bulkhead-gate.ts';
import { deadlineGate } from './deadline-gate.ts';
import { inOrder, type Gate } from './gate.ts';
import { assertGuard, type GuardOptions } from './guard-options.ts';
import { drainGate, healthGate } from './lifecycle-gates.ts';
import { rateLimitGate, type RequestLimits } from './rate-limit-gate.ts';
import { timeoutGate } from './timeout-gate.ts';
import type { AnswerOptions } from './types.ts';

/** The policies of a guard; undefined for a part that is not there, or was given ready-made. */
export interface GuardPolicies {
  readonly health: Health | undefined;
  readonly deadline: TimeLimitPolicy<DeadlineOptions> | undefined;
  readonly rateLimit: RequestLimits | undefined;
  readonly bulkhead: KeyedRegistry<Bulkhead> | undefined;
  readonly timeout: TimeLimitPolicy<TimeoutOptions> | undefined;
  readonly breaker: BreakerRegistry | undefined;
}

const made = <Part, Made>(part: Part | undefined, make: (part: Part) => Made): Made | undefined =>
  part === undefined ? undefined : make(part);

/** The parts that do not turn requests away for what they are. */
const lifecycleOf = <Subject extends readonly unknown[]>(
  { health, drain, clock }: GuardOptions<Subject>,
  answers: AnswerOptions<Subject>,
): { readonly health: Health | undefined; readonly gates: Gate<Subject>[] } => {
  const found = made(health, (part) =>
    'probe' in part ? part : makeHealth({ ...part, drain, clock }),
  );
  const gates: (Gate<Subject> | undefined)[] = [
    made(found, healthGate),
    made(drain, (part) => drainGate(part, answers)),
  ];
  return { health: found, gates: gates.filter((gate) => gate !== undefined) };
};

/** All that was asked for, in the order in which it helps most. */
export const guardGate = <Subject extends readonly unknown[]>(
  options: GuardOptions<Subject>,
  routeOf: (...subject: Subject) => string,
): { readonly gate: Gate<Subject>; readonly policies: GuardPolicies } => {
  assertGuard(options);
  const { name, onReject, clock, random } = options;
  const shared = { name, onReject, clock, random };
  const lifecycle = lifecycleOf(options, shared);
  const bounds = made(options.deadline, (part) => deadlineGate({ ...part, ...shared }));
  const limits = made(options.rateLimit, (part) => rateLimitGate({ ...part, ...shared }));
  const slots = made(options.bulkhead, (part) =>
    bulkheadGate(isBulkhead(part) ? part : { ...part, ...shared }, shared),
  );
  const ends = made(options.timeout, (part) => timeoutGate({ ...part, ...shared }));
  const breaks = made(options.breaker, (part: CircuitBreaker | object) =>
    breakerGate(isCircuit(part) ? part : { ...part, ...shared }, routeOf, shared),
  );
  const policed = [bounds, limits, slots, ends, breaks].flatMap((each) => each?.gate ?? []);
  return {
    gate: inOrder([...lifecycle.gates, ...policed]),
    policies: {
      health: lifecycle.health,
      deadline: bounds?.limit,
      rateLimit: limits,
      bulkhead: slots?.bulkheads,
      timeout: ends?.limit,
      breaker: breaks?.circuits,
    },
  };
};
