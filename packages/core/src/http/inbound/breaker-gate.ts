import { circuitBreaker } from '../../circuit-breaker/circuit-breaker.ts';
import { isCircuit } from '../../circuit-breaker/is-circuit.ts';
import { breakerRegistry, type BreakerRegistry } from '../../circuit-breaker/registry.ts';
import { BREAKER_OPTIONS } from '../../circuit-breaker/settings.ts';
import type {
  CircuitBreaker,
  CircuitBreakerOptions,
  Permit,
  Refusal,
} from '../../circuit-breaker/types.ts';
import type { HoldfastCode } from '../../errors.ts';
import { clockOf } from '../../options/time-and-chance.ts';
import { assertFunction, assertOptions, given } from '../../options/validate.ts';
import { Answerer } from './answer.ts';
import type { Ending } from './ending.ts';
import type { Exchange } from './exchange.ts';
import { untilDisposed, type Gate } from './gate.ts';
import { entriesOf, givenKeyOf, maxKeysOf, type KeyOptions } from './keyed.ts';
import { StreamingProbe, type StreamingTerms } from './streaming-probe.ts';
import type { AnswerOptions } from './types.ts';
import { judgement } from './user-answers.ts';

/** Judges errors of calls, of which an inbound request has none. */
type OfCalls = 'name' | 'classify' | 'isFailure' | 'callerTimeout';

/** Options of `breaker`: those of `circuitBreaker`, but `failureStatus` in the place of `classify`. */
export interface BreakerGateOptions<Subject extends readonly unknown[]>
  extends Omit<CircuitBreakerOptions, OfCalls>, KeyOptions<Subject>, AnswerOptions<Subject> {
  /** Stands in errors, events and metrics. Default `inbound`. */
  readonly name?: string | undefined;
  /** Whether the status of a complete response is a failure of the handler. Default: 5xx. */
  readonly failureStatus?: ((status: number) => boolean) | undefined;
}

const OF_CALLS: ReadonlySet<string> = new Set(['classify', 'isFailure', 'callerTimeout']);

const KNOWN = [
  ...BREAKER_OPTIONS.filter((option) => !OF_CALLS.has(option)),
  'key',
  'maxKeys',
  'failureStatus',
  'onReject',
];

const circuitsOf = <Subject extends readonly unknown[]>(
  options: BreakerGateOptions<Subject>,
): BreakerRegistry => {
  const {
    key: _,
    failureStatus: __,
    onReject: ___,
    maxKeys,
    name = 'inbound',
    clock,
    ...own
  } = options;
  // Wrong options are to throw now and not at the first request.
  circuitBreaker({ ...own, name, clock })[Symbol.dispose]();
  return breakerRegistry({ name, clock, maxEntries: maxKeysOf(maxKeys), breaker: () => own });
};

const isServerError = (status: number): boolean => status >= 500;

type CircuitOf<Subject> = (subject: Subject) => CircuitBreaker | undefined;

/**
 * A store that all routes share is lost to all: it has a breaker of its own, and is back sooner than this one. And
 * two requests that change the same are no failure of what serves them.
 */
const NOT_THE_ROUTES: ReadonlySet<HoldfastCode> = new Set([
  'HF_STORE_UNAVAILABLE',
  'HF_SESSION_CONFLICT',
]);

/** Asks circuits about requests and tells them how they ended. */
class Circuits<Subject extends readonly unknown[]> {
  readonly #circuitOf: CircuitOf<Subject>;
  readonly #terms: StreamingTerms;
  readonly #answerer: Answerer<Subject>;

  constructor(circuitOf: CircuitOf<Subject>, terms: StreamingTerms, answerer: Answerer<Subject>) {
    this.#circuitOf = circuitOf;
    this.#terms = terms;
    this.#answerer = answerer;
  }

  enter(exchange: Exchange, subject: Subject): boolean | Promise<boolean> {
    if (exchange.over) return true; // nobody would tell when it is over
    const circuit = this.#circuitOf(subject);
    if (circuit === undefined || !exchange.enters(circuit)) return true;
    if (circuit.state !== 'HALF_OPEN') return this.#admit(circuit.tryAcquire(), exchange, subject);
    // Where the circuit has an overflow the request may have to wait for its turn.
    return circuit.acquire(exchange).then(
      (answer) => this.#admit(answer, exchange, subject),
      () => false, // the client left, or it was answered, while it waited
    );
  }

  #admit(answer: Permit | Refusal, exchange: Exchange, subject: Subject): boolean {
    if (!answer.admitted) return this.#answerer.refuse(exchange, answer.rejection, subject);
    if (exchange.over) {
      answer.ignore(); // left while it waited
      return false;
    }
    const probe = answer.probe
      ? new StreamingProbe(answer, exchange.response, this.#terms)
      : undefined;
    exchange.atEnd((ending) => {
      probe?.stop();
      this.#settle(answer, exchange, ending);
    });
    return true;
  }

  #settle(permit: Permit, exchange: Exchange, ending: Ending): void {
    const { rejection, slowUpload } = exchange;
    const { statusCode } = exchange.response;
    // A few clients that send slowly must not close a route to all others.
    if (slowUpload) permit.ignore();
    else if (rejection !== undefined && NOT_THE_ROUTES.has(rejection.code)) permit.ignore();
    // The circuit knows what each says: a deadline may have been too short for anybody.
    else if (rejection !== undefined) permit.reject(rejection);
    else if (ending === 'client') permit.ignore();
    else if (ending === 'server') permit.failure('the response broke off');
    else if (this.#terms.failureStatus(statusCode)) permit.failure(`HTTP ${statusCode}`);
    else permit.success();
  }
}

/**
 * Asks a circuit about each request, and tells it how the response ended: a status of 5xx, a response
 * that broke off, our timeout and a deadline that passed after `blameAfterMs` are failures; every other
 * complete answer is a success; a client who left, a refusal of ours, a lost store and a conflict of sessions
 * say nothing.
 */
export const breakerGate = <Subject extends readonly unknown[]>(
  circuitOrOptions: CircuitBreaker | BreakerGateOptions<Subject>,
  routeOf: (...subject: Subject) => string,
  answers?: AnswerOptions<Subject>,
): { readonly gate: Gate<Subject>; readonly circuits: BreakerRegistry | undefined } => {
  if (isCircuit(circuitOrOptions)) {
    const answerer = new Answerer(answers ?? {});
    const only = new Circuits(() => circuitOrOptions, termsOf({}), answerer);
    return { gate: (exchange, subject) => only.enter(exchange, subject), circuits: undefined };
  }
  assertOptions('breaker', circuitOrOptions, KNOWN);
  const answerer = new Answerer(answers ?? circuitOrOptions);
  const circuits = circuitsOf(circuitOrOptions);
  const circuitOf = entriesOf(
    givenKeyOf(circuitOrOptions) ?? ((subject) => routeOf(...subject)),
    circuits,
  );
  const each = new Circuits(circuitOf, termsOf(circuitOrOptions), answerer);
  const gate: Gate<Subject> = (exchange, subject) => each.enter(exchange, subject);
  return { gate: untilDisposed(gate, answerer), circuits };
};

const termsOf = ({
  failureStatus,
  clock,
}: Pick<BreakerGateOptions<[]>, 'failureStatus' | 'clock'>): StreamingTerms => {
  assertFunction('failureStatus', failureStatus);
  return {
    failureStatus: judgement('failureStatus()', given(failureStatus, isServerError)),
    clock: clockOf(clock),
  };
};
