/** More than any run asks for. */
export const MOST = 1e9;
export const WINDOW_S = 60;
export const WINDOW_MS = WINDOW_S * 1_000;

/** What each of our guards allows: none is ever reached. */
export const PARTS = {
  deadline: { deadlineMs: 30_000 },
  // So few a second come back that less and less is left, as in the windows of others.
  rateLimit: { rate: 1_000, burst: MOST },
  bulkhead: { concurrency: 1_000 },
  timeout: { timeoutMs: 10_000 },
  breaker: {},
} as const;

/** The other way to count. */
export const QUOTA = { quota: MOST, windowMs: WINDOW_MS } as const;
