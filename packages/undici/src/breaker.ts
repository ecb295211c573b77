import {
  breakerRegistry,
  circuitBreaker,
  isRejection,
  type BreakerRegistry,
  type CircuitBreaker,
  type CircuitBreakerOptions,
  type Permit,
  type Refusal,
} from '@holdfast/core';
import {
  assertFunction,
  assertOptions,
  clockOf,
  given,
  nameOf,
  numberIn,
} from '@holdfast/core/adapter';
import { isFailureStatus, retryAfterMs } from '@holdfast/core/http';
import { type Dispatch, type DispatchOptions, type Handler, type Fields } from './exchange.ts';
import { interceptor, type Interceptor } from './interceptor.ts';
import { BodyPatience, HoldingExchange } from './holding-exchange.ts';
import { DEFAULT_MAX_KEYS, KEY_OPTIONS, keyOf, type KeyOptions } from './keyed.ts';
import { isCertificateError, isOurFault, isTimeout, statusOfError } from './outcome.ts';
import { warnOfCertificate } from './certificate-warning.ts';
import { isHandedOver, UploadFault } from './upload-fault.ts';

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

interface Settings {
  readonly circuitFor: (request: DispatchOptions) => CircuitBreaker | undefined;
  readonly failureStatus: (status: number) => boolean;
  readonly patience: BodyPatience;
}

/** Settles a permit when the outcome of its exchange is known. */
class BreakerExchange extends HoldingExchange {
  declare private readonly settings: Settings;
  declare private readonly callerSignal: unknown;
  declare private permit: Permit | undefined;
  declare private upload: UploadFault | undefined;
  declare private answeredWell: boolean;

  constructor(handler: Handler, settings: Settings, options: DispatchOptions) {
    super(handler, settings.patience);
    this.settings = settings;
    this.callerSignal = 'signal' in options ? options.signal : undefined;
    this.permit = undefined;
    this.upload = undefined;
    this.answeredWell = false;
  }

  /** Asked here and not when the request starts: undici starts one anew that it re-queues. */
  admit(answer: Permit | Refusal, dispatch: Dispatch, options: DispatchOptions): boolean {
    if (!answer.admitted) return this.end(answer.rejection);
    this.permit = answer;
    if (this.over) answer.ignore(); // given up while it waited
    return this.send(dispatch, this.watched(options));
  }

  protected override answered(status: number, headers: Fields): boolean {
    super.answered(status, headers);
    this.answeredWell = !this.settings.failureStatus(status);
    if (!this.answeredWell) this.permit?.failure(`HTTP ${status}`, retryAfterMs(headers));
    // A probe must not wait for somebody to read the body: nobody may ever do.
    else if (this.permit?.probe === true) this.permit.success();
    return true;
  }

  protected override completed(): void {
    this.unwatch();
    this.upload?.stop();
    this.permit?.success();
  }

  protected override letGo(): void {
    this.permit?.success(); // the server did its part
  }

  protected override failed(error: Error): void {
    this.unwatch();
    const permit = this.permit;
    if (permit === undefined) return;
    const signal = this.abortedSignal();
    const status = statusOfError(error);
    if (this.waits || this.isOurs(error, signal)) this.settleOurs(permit, error);
    else if (status === undefined || signal !== undefined) permit.reject(error, { signal });
    else if (this.settings.failureStatus(status)) permit.failure(error);
    else permit.success();
    this.upload?.stop();
  }

  private isOurs(error: Error, signal: AbortSignal | undefined): boolean {
    // The server did its part: where time ran out, it is the reader who is overdue.
    const unread = this.answeredWell && this.paused;
    if (signal !== undefined) return unread || !isTimeout(signal.reason);
    if (unread && isRejection(error)) return true;
    const uploadFailed = this.upload?.error !== undefined && this.upload.error === error;
    return uploadFailed || this.threw(error) || isOurFault(error);
  }

  /**
   * This side gave up. Where the server had answered well before, that stands: to ignore it would
   * leave only its failures in the window.
   */
  private settleOurs(permit: Permit, error: Error): void {
    if (isCertificateError(error)) warnOfCertificate(error);
    if (this.answeredWell) permit.success();
    else permit.ignore();
  }

  /** The signal by which this side gave the request up, if it did. */
  private abortedSignal(): AbortSignal | undefined {
    // The caller's first: once the body has begun, `request` turns its reason into a plain abort.
    const signal = this.callerSignal;
    if (signal instanceof AbortSignal && signal.aborted) return signal;
    return this.aborted ? AbortSignal.abort(this.reason) : undefined;
  }

  private watched(options: DispatchOptions): DispatchOptions {
    const { body } = options;
    if (!isHandedOver(body)) return options;
    this.upload = new UploadFault();
    return { ...options, body: this.upload.watch(body) };
  }
}

const handleOf =
  (settings: Settings) =>
  (dispatch: Dispatch, options: DispatchOptions, handler: Handler): boolean => {
    const circuit = settings.circuitFor(options);
    if (circuit === undefined) return dispatch(options, handler);
    const exchange = new BreakerExchange(handler, settings, options);
    if (!exchange.start()) return true;
    if (circuit.state !== 'HALF_OPEN')
      return exchange.admit(circuit.tryAcquire(), dispatch, options);
    // Where the circuit has an overflow the call may have to wait for its turn.
    return exchange.after(circuit.acquire(exchange), (answer) =>
      exchange.admit(answer, dispatch, exchange.refreshed(options)),
    );
  };

const KNOWN = [
  'name',
  'trip',
  'open',
  'halfOpen',
  'isFailure',
  'callerTimeout',
  'blameAfterMs',
  'stallMs',
  'eager',
  'check',
  'onListenerError',
  'clock',
  'random',
  'failureStatus',
  'unreadBodyMs',
  ...KEY_OPTIONS,
];

const isCircuit = (either: BreakerOptions | CircuitBreaker): either is CircuitBreaker =>
  'tryAcquire' in either && 'isolate' in either;

const settingsOf = (options: BreakerOptions, circuitFor: Settings['circuitFor']): Settings => {
  assertFunction('failureStatus', options.failureStatus);
  const unreadBodyMs = numberIn('unreadBodyMs', given(options.unreadBodyMs, 30_000), { above: 0 });
  return {
    circuitFor,
    failureStatus: given(options.failureStatus, isFailureStatus),
    patience: new BodyPatience(clockOf(options.clock), unreadBodyMs),
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
  if (
    typeof circuitOrOptions === 'object' &&
    circuitOrOptions !== null &&
    isCircuit(circuitOrOptions)
  ) {
    const settings = settingsOf({}, () => circuitOrOptions);
    return Object.assign(interceptor(handleOf(settings)), { circuits: undefined });
  }
  assertOptions('breaker', circuitOrOptions, KNOWN);
  const keyFor = keyOf(circuitOrOptions);
  const circuits = circuitsOf(circuitOrOptions);
  const settings = settingsOf(circuitOrOptions, (request) => {
    const key = keyFor(request);
    return key === null ? undefined : circuits.get(key);
  });
  return Object.assign(interceptor(handleOf(settings)), { circuits });
};
