import type { Bulkhead } from '../../bulkhead/types.ts';
import type { BreakerRegistry } from '../../circuit-breaker/registry.ts';
import type { CircuitBreaker } from '../../circuit-breaker/types.ts';
import type { DeadlineOptions } from '../../deadline/deadline.ts';
import type { KeyedRegistry } from '../../registry/types.ts';
import type { Sessions } from '../../stateless/session/types.ts';
import type { TimeoutOptions } from '../../timeout/timeout.ts';
import type { TimeLimitPolicy } from '../../timeout/types.ts';
import { health } from '../lifecycle/health.ts';
import type { Health, HealthOptions } from '../lifecycle/health-types.ts';
import { breakerGate, type BreakerGateOptions } from './breaker-gate.ts';
import { bulkheadGate, type BulkheadGateOptions } from './bulkhead-gate.ts';
import { deadlineGate, type DeadlineGateOptions } from './deadline-gate.ts';
import type { Gate } from './gate.ts';
import { guardGate, type GuardPolicies } from './guard.ts';
import type { GuardOptions } from './guard-options.ts';
import { healthGate } from './lifecycle-gates.ts';
import { rateLimitGate, type RequestLimits } from './rate-limit-gate.ts';
import type { RateLimitGateOptions } from './rate-limit-options.ts';
import { sessionGate, type OnSession, type SessionGateOptions } from './session-gate.ts';
import { timeoutGate, type TimeoutGateOptions } from './timeout-gate.ts';

/** What a framework has to say: how a gate becomes its middleware, and how its requests are read. */
export interface Framework<Subject extends readonly unknown[], Middleware extends object> {
  /** The template of the route, with its method; empty where there is none. */
  readonly routeOf: (...subject: Subject) => string;
  /** Hears of each session that was opened. */
  readonly onSession?: OnSession<Subject>;
  middleware(gate: Gate<Subject>): Middleware;
}

/** Every guard as middleware of one framework, with the policies that it is made of. */
export interface Guards<Subject extends readonly unknown[], Middleware extends object> {
  readonly guard: (
    options: GuardOptions<Subject>,
  ) => Middleware & { readonly policies: GuardPolicies };
  readonly breaker: (
    circuitOrOptions?: CircuitBreaker | BreakerGateOptions<Subject>,
  ) => Middleware & { readonly circuits: BreakerRegistry | undefined };
  readonly timeout: (
    options: TimeoutGateOptions<Subject>,
  ) => Middleware & { readonly limit: TimeLimitPolicy<TimeoutOptions> };
  readonly deadline: (
    options?: DeadlineGateOptions<Subject>,
  ) => Middleware & { readonly limit: TimeLimitPolicy<DeadlineOptions> };
  readonly bulkhead: (
    bulkheadOrOptions: Bulkhead | BulkheadGateOptions<Subject>,
  ) => Middleware & { readonly bulkheads: KeyedRegistry<Bulkhead> | undefined };
  readonly rateLimit: (options: RateLimitGateOptions<Subject>) => Middleware & RequestLimits;
  readonly health: (options?: Health | HealthOptions) => Middleware & { readonly health: Health };
  readonly session: (
    sessionsOrOptions: Sessions | SessionGateOptions<Subject>,
  ) => Middleware & { readonly sessions: Sessions };
}

const isHealth = (either: Health | HealthOptions): either is Health =>
  typeof either === 'object' && either !== null && 'probe' in either;

/** The guards for a framework. */
export const guardsOf = <Subject extends readonly unknown[], Middleware extends object>(
  framework: Framework<Subject, Middleware>,
): Guards<Subject, Middleware> => {
  const { routeOf, onSession } = framework;
  const as = <Rest extends object>({
    gate,
    ...rest
  }: Rest & { readonly gate: Gate<Subject> }): Middleware & Omit<Rest, 'gate'> =>
    Object.assign(framework.middleware(gate), rest);
  return {
    guard: (options) => as(guardGate(options, routeOf)),
    breaker: (circuitOrOptions = {}) => as(breakerGate(circuitOrOptions, routeOf)),
    timeout: (options) => as(timeoutGate(options)),
    deadline: (options) => as(deadlineGate(options)),
    bulkhead: (bulkheadOrOptions) => as(bulkheadGate(bulkheadOrOptions)),
    rateLimit: (options) => as(rateLimitGate(options)),
    health: (options = {}) => {
      const found = isHealth(options) ? options : health(options);
      return as({ gate: healthGate(found), health: found });
    },
    session: (sessionsOrOptions) => as(sessionGate(sessionsOrOptions, onSession)),
  };
};
