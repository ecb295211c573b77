import {
  breakerRegistry,
  circuitBreaker,
  type BreakerRegistry,
  type CircuitBreaker,
  type CircuitBreakerOptions,
} from '@holdfast/core';
import {
  assertFunction,
  assertOptions,
  BREAKER_OPTIONS,
  given,
  isCircuit,
  nameOf,
} from '@holdfast/core/adapter';
import { isFailureStatus } from '@holdfast/core/http';
import { BreakerExchange, type BreakerTerms } from './breaker-exchange.ts';
import type { Dispatch, DispatchOptions, Handler } from './exchange.ts';
import { patienceOf } from './holding-exchange.ts';
import { interceptor, type Interceptor } from './interceptor.ts';
import { DEFAULT_MAX_KEYS, entriesOf, KEY_OPTIONS, type KeyOptions } from './keyed.ts';

/** Options of `breaker`: those of `circuitBreaker`, but `failureStatus` in the place of `classify`. */
export interface BreakerOptions
  extends Omit<CircuitBreakerOptions, 'name' | 'classify'>, KeyOptions {
  /** Stands in errors, events and metrics. Default `outbound`. */
  readonly name?: string | undefined;
  /** Whether a final status is a failure of the server. Default: 5xx, 429 and 408. */
  readonly failureStatus?: ((status: number) => boolean) | undefined;
  /** A good response whose body nobody reads for this long is a success. Default 30,000. */
  readonly unreadBodyMs?: number | undefined;
}

/** The interceptor, with its circuits by key; `circuits` is undefined where it was given one. */
export type BreakerInterceptor = Interceptor & { readonly circuits: BreakerRegistry | undefined };

type CircuitFor = (request: DispatchOptions) => CircuitBreaker | undefined;

const handleOf =
  (circuitFor: CircuitFor, terms: BreakerTerms) =>
  (dispatch: Dispatch, options: DispatchOptions, handler: Handler): boolean => {
    const circuit = circuitFor(options);
    if (circuit === undefined) return dispatch(options, handler);
    const exchange = new BreakerExchange(handler, terms, options);
    if (!exchange.start()) return true;
    if (circuit.state !== 'HALF_OPEN')
      return exchange.admit(circuit.tryAcquire(), dispatch, options);
    // Where the circuit has an overflow the call may have to wait for its turn.
    return exchange.after(circuit.acquire(exchange), (answer) =>
      exchange.admit(answer, dispatch, exchange.refreshed(options)),
    );
  };

const KNOWN = [
  ...BREAKER_OPTIONS.filter((option) => option !== 'classify'),
  'failureStatus',
  'unreadBodyMs',
  ...KEY_OPTIONS,
];

const termsOf = (options: BreakerOptions): BreakerTerms => {
  assertFunction('failureStatus', options.failureStatus);
  return {
    failureStatus: given(options.failureStatus, isFailureStatus),
    patience: patienceOf(options),
  };
};

const circuitsOf = (options: BreakerOptions): BreakerRegistry => {
  const { key: _, maxKeys, failureStatus: __, unreadBodyMs: ___, name, clock, ...own } = options;
  const label = nameOf('name', given(name, 'outbound'));
  // Wrong options are to throw now and not at the first request.
  circuitBreaker({ ...own, name: label, clock })[Symbol.dispose]();
  const maxEntries = given(maxKeys, DEFAULT_MAX_KEYS);
  return breakerRegistry({ name: label, clock, maxEntries, breaker: () => own });
};

/**
 * An interceptor for `dispatcher.compose(...)` that asks a circuit before each request and tells it
 * how the exchange ended. Each origin (or `key`) has a circuit of its own, in a bounded registry; or
 * all share the one that is given.
 *
 * Failures are 5xx, 429 and 408 (`Retry-After` lengthens the break), a response that breaks off, a
 * connection error, and a timeout by whatever timer. An abort by the caller before the response, an
 * error of this side's own making (its request body's, too) and a certificate it does not trust say
 * nothing. A refused request fails with the circuit's `HoldfastError` (under `fetch` as the `cause` of
 * its `TypeError`) and is never sent. Compose it before `retry`, so that each attempt counts. Throws
 * `TypeError` or `RangeError` for a wrong option.
 */
export const breaker = (
  circuitOrOptions: CircuitBreaker | BreakerOptions = {},
): BreakerInterceptor => {
  if (isCircuit(circuitOrOptions)) {
    const handle = handleOf(() => circuitOrOptions, termsOf({}));
    return Object.assign(interceptor(handle), { circuits: undefined });
  }
  assertOptions('breaker', circuitOrOptions, KNOWN);
  const circuits = circuitsOf(circuitOrOptions);
  const circuitFor = entriesOf(circuitOrOptions, circuits);
  const handle = handleOf(circuitFor, termsOf(circuitOrOptions));
  return Object.assign(interceptor(handle), { circuits });
};
