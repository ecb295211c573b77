import { SingleCallContext } from '../context.ts';
import type { CallContext, Result, RunOptions } from '../call.ts';
import { holdsRefusal, isRejection } from '../errors.ts';
import { report } from '../events/emitter.ts';
import type { Settings } from './settings.ts';
import type { Verdict } from './types.ts';

/** The context of a call, with what its caller gave. */
export interface JudgedContext extends CallContext {
  readonly options: RunOptions | undefined;
}

/** What is known of a call besides how it ended. */
export interface CallFacts {
  readonly settings: Settings;
  /** Undefined for a call that took the plain path, which has no options. */
  readonly context: JudgedContext | undefined;
  /** NaN when nobody measured it. */
  readonly durationMs: number;
}

/** A field of whatever was thrown; hostile getters and proxies have none. */
const fieldOf = (error: unknown, field: 'name' | 'cause' | 'code' | 'afterMs'): unknown => {
  if (typeof error !== 'object' || error === null) return undefined;
  try {
    return field in error ? Reflect.get(error, field) : undefined;
  } catch {
    return undefined;
  }
};

/** A timeout by whatever timer: `AbortSignal.timeout`, or an abort that names one as its cause. */
const isTimeout = (error: unknown, name: unknown): boolean =>
  name === 'TimeoutError' ||
  (name === 'AbortError' && fieldOf(fieldOf(error, 'cause'), 'name') === 'TimeoutError');

/**
 * What an error means before any classifier is asked: aborts, timeouts and rejections of policies.
 * Undefined for every other error.
 */
const verdictOfError = (error: unknown, facts: CallFacts): 'failure' | 'ignore' | undefined => {
  const signal = facts.context?.options?.signal;
  return signal?.aborted === true
    ? verdictOfCaller(signal.reason, facts)
    : verdictOfReason(error, facts);
};

/** Once the caller has given up, the reason decides, whatever the call made of it. */
const verdictOfCaller = (reason: unknown, facts: CallFacts): 'failure' | 'ignore' => {
  if (isTimeout(reason, fieldOf(reason, 'name'))) return facts.settings.callerTimeout;
  return verdictOfReason(reason, facts) ?? 'ignore';
};

const verdictOfReason = (error: unknown, facts: CallFacts): 'failure' | 'ignore' | undefined => {
  const name = fieldOf(error, 'name');
  if (isTimeout(error, name)) return 'failure';
  if (name === 'AbortError') return 'ignore';
  if (holdsRefusal(error)) return 'ignore';
  if (!isRejection(error)) return undefined;
  switch (fieldOf(error, 'code')) {
    case 'HF_DEADLINE_EXCEEDED': {
      const ranMs = Math.max(facts.durationMs || 0, Number(fieldOf(error, 'afterMs') ?? 0));
      return ranMs >= facts.settings.blameAfterMs ? 'failure' : 'ignore';
    }
    case 'HF_HEDGE_LOST':
      return 'ignore';
    default:
      return 'failure';
  }
};

type Classify = NonNullable<Settings['classify']>;

/** The verdict on a call that rejected. */
export const verdictOfFailure = (error: unknown, facts: CallFacts): Verdict => {
  const { isFailure, classify } = facts.settings;
  const known = verdictOfError(error, facts);
  if (known !== undefined) return known;
  if (isFailure !== undefined) return askIsFailure(isFailure, error, facts.settings);
  return classify === undefined ? 'failure' : ask(classify, { ok: false, error }, facts);
};

/** The verdict of a classifier on a call that gave a value. */
export const verdictOfValue = (classify: Classify, value: unknown, facts: CallFacts): Verdict =>
  ask(classify, { ok: true, value }, facts);

const askIsFailure = (
  isFailure: NonNullable<Settings['isFailure']>,
  error: unknown,
  settings: Settings,
): Verdict => {
  try {
    // False means that the dependency answered, if only to refuse: a success.
    return isFailure(error) ? 'failure' : 'success';
  } catch (thrown) {
    report(thrown, 'isFailure', settings.onListenerError);
    return 'failure';
  }
};

const WORDS = ['success', 'failure', 'slow', 'ignore'];

const isVerdict = (verdict: Verdict): boolean =>
  typeof verdict === 'object' && verdict !== null
    ? verdict.failure && typeof verdict.openForMs === 'number' && verdict.openForMs >= 0
    : WORDS.includes(verdict);

/** A classifier that turned out to be asynchronous: its end is nobody's, not an unhandled one. */
const disown = (answer: unknown): void => {
  if (answer instanceof Promise) answer.catch(() => undefined);
};

const ask = (classify: Classify, result: Result<unknown>, facts: CallFacts): Verdict => {
  const { settings, durationMs, context } = facts;
  // A call admitted on the plain path has no context; by its end somebody set a classifier.
  const known = context ?? new SingleCallContext(undefined, settings.clock);
  try {
    const verdict = classify(result, durationMs, known);
    if (isVerdict(verdict)) return verdict;
    disown(verdict);
    throw new TypeError(
      `classify answered ${String(verdict)}; allowed: ${WORDS.join(', ')} or {failure: true, openForMs}`,
    );
  } catch (thrown) {
    report(thrown, 'classify', settings.onListenerError);
    return 'failure';
  }
};
