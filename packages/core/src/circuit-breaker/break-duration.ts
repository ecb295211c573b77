import type { OpenOptions } from './types.ts';

/**
 * How long the `consecutiveOpens`-th open in a row lasts, in milliseconds.
 *
 * What the dependency asked for (`openForMs`, a `Retry-After`) is a floor up to `maxOpenForMs`, and
 * then jitter only lengthens: coming back early is what the dependency asked not to do.
 */
export const breakDuration = (
  open: OpenOptions,
  consecutiveOpens: number,
  roll: number,
  openForMs?: number,
): number => {
  // Held below Infinity, which times a base of 0 would be NaN.
  const growth = Math.min(Number.MAX_VALUE, open.factor ** Math.max(0, consecutiveOpens - 1));
  const capped = Math.min(open.maxMs, open.baseMs * growth);
  if (openForMs === undefined) return capped * (1 + open.jitter * (2 * roll - 1));
  return (
    Math.max(capped, Math.min(openForMs, open.maxOpenForMs ?? open.maxMs)) *
    (1 + open.jitter * roll)
  );
};
