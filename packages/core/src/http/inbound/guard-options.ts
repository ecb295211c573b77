import type { Bulkhead } from '../../bulkhead/types.ts';
import type { CircuitBreaker } from '../../circuit-breaker/types.ts';
import { assertOptions, assertRecord, outOfRange, wrongType } from '../../options/validate.ts';
import type { Health, HealthOptions } from '../lifecycle/health-types.ts';
import type { BreakerGateOptions } from './breaker-gate.ts';
import type { BulkheadGateOptions } from './bulkhead-gate.ts';
import type { DeadlineGateOptions } from './deadline-gate.ts';
import type { RateLimitGateOptions } from './rate-limit-options.ts';
import type { TimeoutGateOptions } from './timeout-gate.ts';
import type { Draining } from './lifecycle-gates.ts';
import type { AnswerOptions } from './types.ts';

/** Given for all parts at once. */
const SHARED = ['name', 'onReject', 'clock', 'random'] as const;
type Shared = (typeof SHARED)[number];
type Part<Options> = Options extends unknown ? Omit<Options, Shared> : never;

/** The parts of a guard, in the order in which a request meets them. */
const PARTS = [
  'health',
  'drain',
  'deadline',
  'rateLimit',
  'bulkhead',
  'timeout',
  'breaker',
] as const;

/** Options of `guard`. A part that is not named is not there; at least one has to be. */
export interface GuardOptions<Subject extends readonly unknown[]> extends AnswerOptions<Subject> {
  /** Every policy bears it in errors, events and metrics. Default `inbound`. */
  readonly name?: string | undefined;
  readonly health?: Health | Omit<HealthOptions, 'drain' | 'clock'> | undefined;
  /** What `drain(server)` gave: late requests are turned away, and `health` follows it. */
  readonly drain?: Draining | undefined;
  readonly deadline?: Part<DeadlineGateOptions<Subject>> | undefined;
  readonly rateLimit?: Part<RateLimitGateOptions<Subject>> | undefined;
  readonly bulkhead?: Bulkhead | Part<BulkheadGateOptions<Subject>> | undefined;
  readonly timeout?: Part<TimeoutGateOptions<Subject>> | undefined;
  readonly breaker?: CircuitBreaker | Part<BreakerGateOptions<Subject>> | undefined;
}

/** Checks what no part checks itself. */
export const assertGuard = (options: object): void => {
  assertOptions('guard', options, [...SHARED, ...PARTS]);
  const named = PARTS.filter((part) => Reflect.get(options, part) !== undefined);
  if (named.length === 0) throw outOfRange('guard', options, `at least one of ${PARTS.join(', ')}`);
  for (const part of named) assertPart(part, Reflect.get(options, part));
};

const assertPart = (name: string, part: unknown): void => {
  assertRecord(name, part);
  if (name === 'drain') assertDrain(part);
  else if (!isMade(part)) assertUnshared(name, part);
};

const assertDrain = (drain: object): void => {
  const { phase, signal }: { readonly phase?: unknown; readonly signal?: unknown } = drain;
  if (typeof phase !== 'string' || !(signal instanceof AbortSignal))
    throw wrongType('drain', drain, 'what drain(server) gave');
};

/** A policy or a health, and no options for one. */
const isMade = (part: object): boolean => Symbol.dispose in part;

const assertUnshared = (name: string, part: object): void => {
  // The health of a guard follows the drain of the guard.
  for (const shared of name === 'health' ? [...SHARED, 'drain'] : SHARED) {
    const value: unknown = Reflect.get(part, shared);
    if (value !== undefined)
      throw wrongType(`${name}.${shared}`, value, 'nothing: it is given for all parts at once');
  }
};
