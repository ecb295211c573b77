import {
  pipeline,
  standardPipeline,
  type CallContext,
  type CircuitBreakerOptions,
  type Executable,
  type StandardPipelineOptions,
  type StandardPolicies,
} from '@holdfast/core';
import { given, keyedRegistry, type KeyedRegistry, type Spare } from '@holdfast/core/adapter';
import {
  formatDeadline,
  idempotencyKey,
  remainingDeadlineMs,
  retryAfterMs,
} from '@holdfast/core/http';
import type { DispatchOptions, Fields } from './exchange.ts';
import { DEFAULT_MAX_KEYS } from './keyed.ts';
import { isOurFault } from './outcome.ts';
import { repetitionOf } from './repeat-rules.ts';
import type { WrapSettings } from './wrap-options.ts';

/** A response as the policies see it. */
export interface Answer<Response> {
  readonly response: Response;
  readonly statusCode: number;
  /** At least `retry-after` and `date`. */
  readonly headers: Fields;
  /** Lets go of a response that nobody is to read. */
  discard(): void;
}

/** One call as it was asked for; its body is left out where it can be sent again. */
export interface Outgoing extends DispatchOptions {
  readonly signal?: AbortSignal | undefined;
}

/** What one attempt sends beside what was asked for. */
export interface Attempt {
  /** Undefined where neither a caller nor a policy may end it. */
  readonly signal: AbortSignal | undefined;
  /** Names and values of fields. */
  readonly added: readonly (readonly [string, string])[];
}

export type Send<Response> = (attempt: Attempt) => Promise<Answer<Response>>;

/** The policies of one key, twice: with a retry round them and without. */
export class CallPolicies implements Disposable {
  readonly policies: StandardPolicies;
  readonly repeated: Executable;
  readonly once: Executable | undefined;

  constructor(options: StandardPipelineOptions) {
    const whole = standardPipeline(options);
    this.policies = whole.policies;
    this.repeated = whole;
    const { deadline, breaker, rateLimit, bulkhead, timeout } = whole.policies;
    const all: readonly (Executable | undefined)[] = [
      deadline,
      breaker,
      rateLimit,
      bulkhead,
      timeout,
    ];
    const there = all.filter((policy) => policy !== undefined);
    this.once = there.length === 0 ? undefined : pipeline(...there);
  }

  get spare(): Spare {
    const { breaker, bulkhead } = this.policies;
    if ((breaker?.inFlight ?? 0) > 0 || (bulkhead?.snapshot().inFlight ?? 0) > 0) return 'never';
    return breaker === undefined || breaker.state === 'CLOSED' ? 'now' : 'idle';
  }

  [Symbol.dispose](): void {
    for (const policy of Object.values(this.policies) as readonly (Disposable | undefined)[])
      policy?.[Symbol.dispose]();
  }
}

/** Strangers that share policies refuse one another nothing. */
const overflowOf = (options: StandardPipelineOptions): CallPolicies => {
  const unlimited = { concurrency: Number.MAX_SAFE_INTEGER };
  const bulkhead = options.bulkhead === false ? false : unlimited;
  const shared = new CallPolicies({ ...options, rateLimit: false, bulkhead });
  shared.policies.breaker?.setMode('shadow');
  return shared;
};

const isAnswer = (value: unknown): value is Answer<unknown> =>
  typeof value === 'object' && value !== null && 'statusCode' in value && 'discard' in value;

/** What a call says of the server, at the headers of its response. */
const classifyBy =
  (failureStatus: WrapSettings['failureStatus']): CircuitBreakerOptions['classify'] =>
  (result) => {
    if (!result.ok) return isOurFault(causeOf(result.error)) ? 'ignore' : 'failure';
    if (!isAnswer(result.value) || !failureStatus(result.value.statusCode)) return 'success';
    const openForMs = retryAfterMs(result.value.headers);
    return openForMs === undefined ? 'failure' : { failure: true, openForMs };
  };

/** `fetch` wraps what its dispatcher said. */
const causeOf = (error: unknown): unknown =>
  error instanceof TypeError && error.cause !== undefined ? error.cause : error;

const pipelineOptionsOf = (settings: WrapSettings): StandardPipelineOptions => {
  const { pipeline: options, rules, failureStatus } = settings;
  const { retry, breaker } = options;
  const isUnwanted = (result: unknown): boolean =>
    isAnswer(result) && rules?.terms.statuses.has(result.statusCode) === true;
  return {
    ...options,
    retry: retry === false ? false : { ...retry, whenResult: isUnwanted },
    breaker: breaker === false ? false : { ...breaker, classify: classifyBy(failureStatus) },
  };
};

/** Calls under policies, each key's by themselves. */
export class Calls {
  readonly policies: KeyedRegistry<CallPolicies>;
  readonly #settings: WrapSettings;

  constructor(settings: WrapSettings) {
    this.#settings = settings;
    const options = pipelineOptionsOf(settings);
    // Wrong options are to throw now and not at the first call.
    new CallPolicies(options)[Symbol.dispose]();
    this.policies = keyedRegistry({
      name: settings.name,
      clock: settings.clock,
      maxEntries: given(settings.maxKeys, DEFAULT_MAX_KEYS),
      create: () => new CallPolicies(options),
      overflow: () => overflowOf(options),
      spare: (entry) => entry.spare,
    });
  }

  /** Runs one call; `send` makes an attempt. */
  async run<Response>(outgoing: Outgoing, send: Send<Response>): Promise<Response> {
    const { keyFor, rules } = this.#settings;
    const { signal } = outgoing;
    const key = keyFor(outgoing);
    const entry = key === null ? undefined : this.policies.get(key);
    const repetition = rules === undefined ? undefined : repetitionOf(outgoing, rules);
    const policy = repetition === undefined ? entry?.once : entry?.repeated;
    if (policy === undefined) return (await send({ signal, added: [] })).response;
    const idempotency = repetition === 'keyed' ? idempotencyKey() : undefined;
    let last: Answer<Response> | undefined;
    const call = async (context: CallContext): Promise<Answer<Response>> => {
      last?.discard();
      last = undefined;
      last = await send({ signal: context.signal, added: this.#added(context, idempotency) });
      return last;
    };
    try {
      return (await policy.execute(call, { signal, deadline: this.#inherited() })).response;
    } catch (error) {
      last?.discard();
      throw error;
    }
  }

  #added(context: CallContext, idempotency: string | undefined): readonly [string, string][] {
    const { header, rules } = this.#settings;
    const added: [string, string][] = [];
    if (idempotency !== undefined) added.push(['idempotency-key', idempotency]);
    if (header !== false && context.deadline !== undefined)
      added.push([header, formatDeadline(header, context.remainingMs())]);
    const attemptHeader = rules?.terms.attemptHeader;
    if (attemptHeader !== undefined) added.push([attemptHeader, String(context.attempt)]);
    return added;
  }

  /** When the caller's own deadline is, by the policies' clock. */
  #inherited(): number | undefined {
    const remainingMs = this.#settings.inherit ? remainingDeadlineMs() : Infinity;
    return remainingMs === Infinity ? undefined : this.#settings.clock.now() + remainingMs;
  }
}
