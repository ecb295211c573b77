import {
  pipeline,
  standardPipeline,
  type CallContext,
  type Executable,
  type StandardPipeline,
  type StandardPipelineOptions,
  type StandardPolicies,
} from '@holdfast/core';
import {
  keyedRegistry,
  spareBreaker,
  type KeyedRegistry,
  type Spare,
} from '@holdfast/core/adapter';
import { formatDeadline, idempotencyKey } from '@holdfast/core/http';
import { classifyBy } from './call-outcome.ts';
import { inheritedDeadline } from './deadline.ts';
import type { DispatchOptions, Fields } from './exchange.ts';
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

const isAnswer = (value: unknown): value is Answer<unknown> =>
  typeof value === 'object' && value !== null && 'statusCode' in value && 'discard' in value;

/**
 * A pipeline that lets a response go at once when a further attempt follows, so that the pause holds no
 * connection. Whether one follows is decided in the turn in which the delay was asked for.
 */
const lettingGo = ({ retry, ...options }: StandardPipelineOptions): StandardPipeline => {
  if (retry === false || retry === undefined) return standardPipeline({ ...options, retry });
  let ended: unknown;
  const delay = (result: unknown): ReturnType<NonNullable<typeof retry.delay>> => {
    ended = result;
    queueMicrotask(() => (ended = undefined));
    return retry.delay?.(result);
  };
  const whole = standardPipeline({ ...options, retry: { ...retry, delay } });
  whole.policies.retry?.on('retry', () => {
    if (isAnswer(ended)) ended.discard();
  });
  return whole;
};

/** The policies of one key, twice: with a retry round them and without. */
export class CallPolicies implements Disposable {
  readonly policies: StandardPolicies;
  readonly repeated: Executable;
  readonly once: Executable | undefined;

  constructor(options: StandardPipelineOptions) {
    const whole = lettingGo(options);
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

  spare(idle: boolean): Spare {
    const { breaker, bulkhead } = this.policies;
    if ((bulkhead?.snapshot().inFlight ?? 0) > 0) return 'never';
    return breaker === undefined ? 'now' : spareBreaker(breaker, idle);
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

type Repetition = ReturnType<typeof repetitionOf>;

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
      maxEntries: settings.maxKeys,
      create: () => new CallPolicies(options),
      overflow: () => overflowOf(options),
      spare: (entry, idle) => entry.spare(idle),
    });
  }

  /** Runs one call; `send` makes an attempt. */
  async run<Response>(outgoing: Outgoing, send: Send<Response>): Promise<Response> {
    const { keyFor, rules } = this.#settings;
    const { signal } = outgoing;
    const key = keyFor(outgoing);
    const entry = key === null ? undefined : this.policies.get(key);
    const repetition = rules && repetitionOf(outgoing, rules);
    const policy = repetition === undefined ? entry?.once : entry?.repeated;
    if (policy === undefined) return (await send({ signal, added: [] })).response;
    const once = this.#addedOnce(repetition);
    let last: Answer<Response> | undefined;
    const call = async (context: CallContext): Promise<Answer<Response>> => {
      const added = [...once, ...this.#addedTo(context, repetition)];
      const answer = await send({ signal: context.signal, added });
      // Too late: nobody waits for it any more.
      if (context.signal.aborted) answer.discard();
      else last = answer;
      return answer;
    };
    try {
      return (await policy.execute(call, { signal, deadline: inheritedDeadline(this.#settings) }))
        .response;
    } catch (error) {
      last?.discard();
      throw error;
    }
  }

  /** The same for every attempt. */
  #addedOnce(repetition: Repetition): Attempt['added'] {
    return repetition === 'keyed' ? [['idempotency-key', idempotencyKey()]] : [];
  }

  #addedTo(context: CallContext, repetition: Repetition): Attempt['added'] {
    const { header, rules } = this.#settings;
    const added: [string, string][] = [];
    if (header !== false && context.deadline !== undefined)
      added.push([header, formatDeadline(header, context.remainingMs())]);
    const attemptHeader = rules?.terms.attemptHeader;
    // A call that is not repeated here keeps the number that a layer further out gave it.
    if (attemptHeader !== undefined && repetition !== undefined)
      added.push([attemptHeader, String(context.attempt)]);
    return added;
  }
}
