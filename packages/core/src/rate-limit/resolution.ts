/** The most units: far beyond any use, and near enough that no sum or quotient of them rounds to nonsense. */
export const MOST = 1e9;

/** The longest time, likewise. */
export const MOST_MS = 1e12;

/** What a monotonic clock in milliseconds can still tell apart: differences below it count as none. */
export const NANOSECOND_MS = 1e-6;

/** No wait is told shorter than this, so that who comes back after it does not come in vain. */
export const MICROSECOND_MS = 1e-3;

/** Up to the next whole microsecond: rounding must not make a wait too short. */
export const roundedUpMs = (ms: number): number => Math.ceil(ms * 1_000) / 1_000;
