import type { FlakyServer } from './flaky-server.ts';

/** What one client saw of a server, and the server of it. */
export interface Sight {
  readonly calls: number;
  /** Calls that got the answer they wanted. */
  readonly answered: number;
  /** Milliseconds from the first call to the end of the last. */
  readonly tookMs: number;
  /** How the first call that failed did so. */
  readonly error: unknown;
  readonly requests: number;
  readonly booked: number;
  readonly remainingMs: readonly number[];
}

/** Makes so many calls, one after the other; a call tells whether its answer was a good one. */
export const sightOf = async (
  server: FlakyServer,
  calls: number,
  call: (index: number) => Promise<boolean>,
): Promise<Sight> => {
  const startedAt = performance.now();
  let answered = 0;
  let error: unknown;
  for (let index = 0; index < calls; index++) {
    try {
      if (await call(index)) answered++;
    } catch (thrown) {
      error ??= thrown;
    }
  }
  const tookMs = performance.now() - startedAt;
  const { requests, booked, remainingMs } = server;
  return { calls, answered, tookMs, error, requests, booked, remainingMs };
};
