import type { ServerResponse } from 'node:http';
import { isRefusal } from '../../errors.ts';
import { isThenable } from '../../options/thenable.ts';
import { wrongType } from '../../options/validate.ts';
import { clockOf } from '../../options/time-and-chance.ts';
import type { RateLimit, Taken, TakeOptions } from '../../rate-limit/types.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { SharedRateLimit, SharedTaken } from '../../stateless/limit/types.ts';
import { clientKey } from '../client-key/client-key.ts';
import { Answerer } from './answer.ts';
import type { Ending } from './ending.ts';
import type { Exchange } from './exchange.ts';
import type { Gate } from './gate.ts';
import { givenKeyOf } from './keyed.ts';
import { quotasOf, type Quota, type Quotas } from './quotas.ts';
import {
  rateLimitSettings,
  type RateLimitGateOptions,
  type RateLimitSettings,
} from './rate-limit-options.ts';
import { decisionOf, sourceOf, tellDraft, tellLegacy } from './tell-limits.ts';

/** The limits of requests, to look at and to lift. */
export interface RequestLimits {
  /** One, or one for each quota that was in use lately; none where a store is given. */
  limits(): Iterable<RateLimit>;
  /** The same for those that count in a store. */
  sharedLimits(): Iterable<SharedRateLimit>;
  /**
   * All units are there again: those of one key, or without a key those of everybody, which a store cannot
   * do. Done at once without a store; rejects with `StoreError` where it is lost.
   */
  reset(key?: string): Promise<void>;
}

/** What was decided, and for units that may not count after all, what gives them back. */
interface Decision {
  readonly taken: Taken | SharedTaken;
  readonly giveBack?: (() => void) | undefined;
}

const isShared = (limit: RateLimit | SharedRateLimit): limit is SharedRateLimit => !isLocal(limit);

const isLocal = (limit: RateLimit | SharedRateLimit): limit is RateLimit => 'execute' in limit;

const takeShared = async (limit: SharedRateLimit, wish: TakeOptions): Promise<Decision> => {
  const taken = await limit.take(wish);
  return { taken, giveBack: taken.admitted ? () => taken.giveBack() : undefined };
};

/** Types do not keep other answers than true and false out of JavaScript. */
const isTrue = (answer: unknown): boolean => Boolean(answer);

/** Takes units for requests. */
class Units<Subject extends readonly unknown[]> {
  readonly #settings: RateLimitSettings<Subject>;
  readonly #quotas: Quotas<Subject>;
  readonly #keyOf: (exchange: Exchange, subject: Subject) => string | null;
  readonly #answerer: Answerer<Subject>;
  readonly #clock: Clock;

  constructor(
    options: RateLimitGateOptions<Subject>,
    settings: RateLimitSettings<Subject>,
    quotas: Quotas<Subject>,
  ) {
    this.#settings = settings;
    this.#quotas = quotas;
    this.#keyOf = keyFor(options);
    this.#answerer = new Answerer(options);
    this.#clock = clockOf(options.clock);
  }

  enter(exchange: Exchange, subject: Subject): boolean | Promise<boolean> {
    const { skip } = this.#settings;
    if (skip === undefined) return this.#admit(exchange, subject);
    const skipped = skip(...subject);
    if (!isThenable(skipped)) return isTrue(skipped) || this.#admit(exchange, subject);
    return Promise.resolve(skipped).then(
      (skips) => isTrue(skips) || this.#admit(exchange, subject),
    );
  }

  #admit(exchange: Exchange, subject: Subject): boolean | Promise<boolean> {
    const key = this.#keyOf(exchange, subject);
    if (key === null) return true;
    const quota = this.#quotas.of(subject);
    if (!exchange.enters(quota)) return true;
    const wish = { key, cost: this.#settings.costOf?.(subject) };
    const { limit } = quota;
    if (!isShared(limit)) return this.#decide(exchange, subject, quota, this.#take(limit, wish));
    return takeShared(limit, wish).then((late) => this.#decideLate(exchange, subject, quota, late));
  }

  #decide(exchange: Exchange, subject: Subject, quota: Quota, decision: Decision): boolean {
    const { taken, giveBack } = decision;
    if (giveBack !== undefined && this.#settings.onOutcome)
      exchange.atEnd((ending) => {
        if (!this.#counts(exchange, ending)) giveBack();
      });
    exchange.decided(decisionOf(quota, taken));
    this.#tell(exchange.response, quota, taken);
    return taken.admitted || this.#answerer.refuse(exchange, taken.rejection, subject);
  }

  /** What a store said, if anybody still wants to know. */
  #decideLate(exchange: Exchange, subject: Subject, quota: Quota, decision: Decision): boolean {
    if (!exchange.answered) return this.#decide(exchange, subject, quota, decision);
    decision.giveBack?.(); // it was not served
    return false;
  }

  #take(limit: RateLimit, wish: TakeOptions): Decision {
    if (!this.#settings.onOutcome) return { taken: limit.take(wish) };
    const permit = limit.enter(wish);
    // With nothing to wait for there is no promise.
    if (permit instanceof Promise) throw new TypeError('a rate limit of requests waits for nobody');
    if (!permit.admitted) return { taken: permit };
    return { taken: limit.take({ ...wish, cost: 0 }), giveBack: () => permit.giveBack() };
  }

  /** Whether a request that had its units takes them for good, once it is over. */
  #counts({ rejection, response }: Exchange, ending: Ending): boolean {
    // Who was turned away by another guard had nothing for it; who left has to be counted.
    if (isRefusal(rejection)) return false;
    return ending !== 'complete' || this.#settings.counts(response.statusCode);
  }

  #tell(response: ServerResponse, quota: Quota, taken: Taken | SharedTaken): void {
    const { draft, legacy } = this.#settings;
    // Where nobody looked at the numbers there is nothing to tell.
    if (response.headersSent || sourceOf(taken) === 'policy') return;
    if (draft) tellDraft(response, quota, taken);
    if (legacy) tellLegacy(response, quota, taken, this.#clock);
  }
}

/** Limits how often requests come, each key by itself, and tells them what is left. */
export const rateLimitGate = <Subject extends readonly unknown[]>(
  options: RateLimitGateOptions<Subject>,
): RequestLimits & { readonly gate: Gate<Subject> } => {
  const settings = rateLimitSettings(options);
  const quotas = quotasOf(options);
  const units = new Units(options, settings, quotas);
  return {
    gate: (exchange, subject) => units.enter(exchange, subject),
    limits: () => [...quotas.all()].filter(isLocal),
    sharedLimits: () => [...quotas.all()].filter(isShared),
    reset: async (key) => {
      await Promise.all(Array.from(quotas.all(), (limit) => resetOf(limit, key)));
    },
  };
};

const resetOf = async (
  limit: RateLimit | SharedRateLimit,
  key: string | undefined,
): Promise<void> => {
  if (!isShared(limit)) return limit.reset(key);
  if (key === undefined) throw wrongType('key', key, 'a text: a store cannot reset everybody');
  return limit.reset(key);
};

/** Names the client by its address where nobody says otherwise; only then may it warn of addresses. */
const keyFor = <Subject extends readonly unknown[]>(
  options: RateLimitGateOptions<Subject>,
): ((exchange: Exchange, subject: Subject) => string | null) => {
  const given = givenKeyOf(options);
  if (given !== undefined) return (_, subject) => given(subject);
  const usual = clientKey({ keySecret: options.keySecret });
  return ({ request }) => usual(request);
};
