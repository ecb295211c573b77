import { numberIn, wrongType } from '../options/validate.ts';
import type { Ending } from '../pipeline/stage.ts';
import { backoffDelay, customDelay } from './backoff.ts';
import { parseRetryAfter } from './retry-after.ts';
import type { Settings } from './settings.ts';

/** Clients that were told the same are spread over this share of it, later ones only. */
const RETRY_AFTER_SPREAD = 0.1;

/** What the dependency asked for, in milliseconds; undefined where it asked for nothing we can read. */
const askedFor = ({ delay, clock }: Settings, ending: Ending): number | undefined => {
  const asked: unknown = delay?.(ending.ok ? ending.value : ending.error);
  if (asked === undefined || asked === null) return undefined;
  if (typeof asked === 'string') return parseRetryAfter(asked, clock.wallNow());
  if (typeof asked !== 'number')
    throw wrongType('delay()', asked, 'milliseconds, a Retry-After field or undefined');
  return numberIn('delay()', asked, { min: 0 });
};

/**
 * How long to wait before retry number `retry`: the backoff's delay, but never less than the
 * dependency asked for. undefined when it asked for more than `maxRetryAfterMs`. Throws what a function
 * of the user's throws.
 */
export const pauseMs = (
  settings: Settings,
  ending: Ending,
  retry: number,
  previousMs: number,
): number | undefined => {
  const { backoff, random, maxRetryAfterMs } = settings;
  const asked = askedFor(settings, ending);
  if (asked !== undefined && asked > maxRetryAfterMs) return undefined;
  const own =
    typeof backoff === 'function'
      ? customDelay(backoff, retry, previousMs)
      : backoffDelay(backoff, retry, previousMs, random());
  return asked === undefined ? own : Math.max(own, asked * (1 + RETRY_AFTER_SPREAD * random()));
};
