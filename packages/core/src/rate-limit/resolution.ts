/** What a monotonic clock in milliseconds can still tell apart: differences below it count as none. */
export const NANOSECOND_MS = 1e-6;

/** No wait is told shorter than this, so that who comes back after it does not come in vain. */
export const MICROSECOND_MS = 1e-3;

/** Up to the next whole microsecond: rounding must not make a wait too short. */
export const roundedUpMs = (ms: number): number => Math.ceil(ms * 1_000) / 1_000;
