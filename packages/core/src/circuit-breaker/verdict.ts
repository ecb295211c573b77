import type { CallContext, Result, RunOptions } from '../call.ts';
import { isRefusal, isRejection } from '../errors.ts';
import { report } from '../events/emitter.ts';
import type { Settings } from './settings.ts';
import type { Verdict } from './types.ts';

/** What is known of a call besides how it ended. */
export interface CallFacts {
  readonly options: RunOptions | undefined;
  readonly context: CallContext;
  /** NaN when nobody measured it. */
  readonly durationMs: number;
}

const isNamed = (error: unknown, name: string): boolean => {
  if (typeof error !== 'object' || error === null) return false;
  try {
    return Reflect.get(error, 'name') === name;
  } catch {
    return false; // a hostile getter names nothing
  }
};

/** A timeout by whatever timer: `AbortSignal.timeout`, or an abort that names one as its cause. */
const isTimeout = (error: unknown): boolean =>
  isNamed(error, 'TimeoutError') ||
  (isNamed(error, 'AbortError') && error instanceof Error && isNamed(error.cause, 'TimeoutError'));

/**
 * What an error means before any classifier is asked: aborts, timeouts and rejections of policies.
 * Undefined for every other error.
 */
export const verdictOfError = (
  error: unknown,
  settings: Settings,
  facts?: CallFacts,
): 'failure' | 'ignore' | undefined => {
  const signal = facts?.options?.signal;
  if (signal?.aborted === true) return verdictOfCaller(signal.reason, settings, facts);
  return verdictOfReason(error, settings, facts);
};

/** Once the caller has given up, the reason decides, whatever the call made of it. */
const verdictOfCaller = (
  reason: unknown,
  settings: Settings,
  facts: CallFacts | undefined,
): 'failure' | 'ignore' => {
  if (isTimeout(reason)) return settings.blameCallerTimeout ? 'failure' : 'ignore';
  return verdictOfReason(reason, settings, facts) ?? 'ignore';
};

const verdictOfReason = (
  error: unknown,
  settings: Settings,
  facts: CallFacts | undefined,
): 'failure' | 'ignore' | undefined => {
  if (isTimeout(error)) return 'failure';
  if (isNamed(error, 'AbortError') || isRefusal(error)) return 'ignore';
  if (!isRejection(error)) return undefined;
  switch (error.code) {
    case 'HF_DEADLINE_EXCEEDED': {
      const ranMs = Math.max(facts?.durationMs ?? 0, error.afterMs ?? 0);
      return ranMs >= settings.blameAfterMs ? 'failure' : 'ignore';
    }
    case 'HF_HEDGE_LOST':
      return 'ignore';
    default:
      return 'failure';
  }
};

/** The verdict on a call that rejected. */
export const verdictOfFailure = (
  error: unknown,
  settings: Settings,
  facts?: CallFacts,
): Verdict => {
  const known = verdictOfError(error, settings, facts);
  if (known !== undefined) return known;
  if (settings.isFailure !== undefined) return askIsFailure(error, settings);
  const { classify } = settings;
  if (classify === undefined || facts === undefined) return 'failure';
  return askClassify(classify, { ok: false, error }, settings, facts);
};

/** The verdict on a call that gave a value. */
export const verdictOfValue = (value: unknown, settings: Settings, facts: CallFacts): Verdict =>
  settings.classify === undefined
    ? 'success'
    : askClassify(settings.classify, { ok: true, value }, settings, facts);

const askIsFailure = (error: unknown, settings: Settings): Verdict => {
  try {
    // False means that the dependency answered, if only to refuse: a success.
    return settings.isFailure?.(error) === false ? 'success' : 'failure';
  } catch (thrown) {
    report(thrown, 'isFailure', settings.onListenerError);
    return 'failure';
  }
};

const WORDS = ['success', 'failure', 'slow', 'ignore'];

const isVerdict = (verdict: Verdict): boolean =>
  typeof verdict === 'object' && verdict !== null
    ? verdict.failure && verdict.openForMs >= 0
    : WORDS.includes(verdict);

const askClassify = (
  classify: NonNullable<Settings['classify']>,
  result: Result<unknown>,
  settings: Settings,
  { durationMs, context }: CallFacts,
): Verdict => {
  try {
    const verdict = classify(result, durationMs, context);
    if (isVerdict(verdict)) return verdict;
    throw new TypeError(
      `classify answered ${String(verdict)}; allowed: ${WORDS.join(', ')} or {failure: true, openForMs}`,
    );
  } catch (thrown) {
    report(thrown, 'classify', settings.onListenerError);
    return 'failure';
  }
};
