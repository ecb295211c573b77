import { consecutive, countWindow, timeWindow, tripWhen } from '../../../src/index.ts';
import type { CircuitBreaker, CircuitBreakerOptions, Result, Verdict } from '../../../src/index.ts';
import type { TripRule } from '../../../src/circuit-breaker/trip-rules.ts';
import { REENTRANT_OPEN_MS } from './settlement.ts';
import { tripPredicate } from './settings.ts';
import type { RuleSettings, Settings, SettingsPatch } from './settings.ts';
import type { Tag } from './verdict.ts';

/** What a call of the tests gives or throws: the judge of the run reads its tag. */
export interface Tagged {
  readonly tag: Tag;
  /** How long the call took, by the model. */
  readonly tookMs: number;
}

/** An error with a tag. */
export class TaggedError extends Error implements Tagged {
  readonly tag: Tag;
  readonly tookMs: number;

  constructor({ tag, tookMs }: Tagged) {
    super('tagged');
    this.tag = tag;
    this.tookMs = tookMs;
  }
}

const ruleOf = (rule: RuleSettings): TripRule => {
  switch (rule.kind) {
    case 'consecutive':
      return consecutive(rule.failures);
    case 'count-window':
      return countWindow({ size: rule.size, ...rule.rates });
    case 'time-window':
      return timeWindow({ spanMs: rule.spanMs, slices: rule.slices, ...rule.rates });
    case 'trip-when':
      return tripWhen(tripPredicate(rule));
    default:
      return rule satisfies never;
  }
};

const rulesOf = (rules: readonly RuleSettings[]): TripRule | TripRule[] => {
  const [first, ...rest] = rules.map(ruleOf);
  return first !== undefined && rest.length === 0 ? first : rules.map(ruleOf);
};

/** Who asks the judge, so that it can call back into the breaker. */
export interface Judged {
  readonly breaker: CircuitBreaker;
  /** What the judge saw that it should not have seen. */
  readonly faults: string[];
}

const answer = (tag: Tag, { breaker }: Judged): Verdict => {
  if (typeof tag === 'object') return { failure: true, openForMs: tag.openForMs };
  if (tag === 'throws') throw new Error('judge');
  if (tag === 'resets') breaker.reset();
  if (tag === 'opens') breaker.open(REENTRANT_OPEN_MS);
  return tag === 'resets' || tag === 'opens' ? 'failure' : tag;
};

const judgeOf = (settings: Settings, judged: () => Judged): Partial<CircuitBreakerOptions> => {
  if (settings.judge === 'isFailure') return { isFailure: (error) => isFailure(error) };
  if (settings.judge === 'nobody') return {};
  return {
    classify: (result: Result<unknown>, durationMs) => {
      const { tag, tookMs } = (result.ok ? result.value : result.error) as Tagged;
      const rig = judged();
      if (durationMs !== tookMs) rig.faults.push(`took ${tookMs}, classify heard ${durationMs}`);
      return answer(tag, rig);
    },
  };
};

const isFailure = (error: unknown): boolean => {
  const { tag } = error as Tagged;
  if (tag === 'throws') throw new Error('judge');
  return tag !== 'success';
};

/** The options of the breaker whose model has these settings. */
export const optionsOf = (settings: Settings, judged: () => Judged): CircuitBreakerOptions => ({
  name: 'model',
  trip: rulesOf(settings.rules),
  open: settings.open,
  halfOpen: settings.halfOpen,
  callerTimeout: settings.callerTimeout,
  blameAfterMs: settings.blameAfterMs,
  eager: settings.eager,
  ...judgeOf(settings, judged),
});

export const patchOf = ({ rules, ...patch }: SettingsPatch): Partial<CircuitBreakerOptions> => ({
  ...patch,
  ...(rules === undefined ? {} : { trip: rulesOf(rules) }),
});
