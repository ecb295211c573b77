import { expect } from 'vitest';
import type { Bulkhead, CircuitBreaker } from '../../../../src/index.ts';
import type { Answer } from '../answer-reader.ts';
import type { Layer } from '../rig.ts';
import { until } from '../until.ts';
import type { World } from '../world.ts';

/** Bulkhead, timeout and breaker in one stack, and the policies behind two of them. */
export interface Guarded {
  readonly limit: Bulkhead;
  readonly circuit: CircuitBreaker;
  readonly guards: readonly Layer[];
}

/** The stack that most scenarios use. Its time is long unless a scenario says otherwise. */
export const guarded = (
  world: World,
  { timeoutMs = 20_000, concurrency = 200, queue = 0 } = {},
): Guarded => {
  const circuit = world.circuit();
  const limit = world.bulkhead({ concurrency, queue, maxWaitMs: 10_000 });
  const { pieces } = world;
  const guards = [pieces.bulkhead(limit), pieces.timeout({ timeoutMs }), pieces.breaker(circuit)];
  return { limit, circuit, guards };
};

/** How many are inside, and how many wait. */
export const expectHeld = (limit: Bulkhead, inFlight: number, waiting = 0): void => {
  const seen = limit.snapshot();
  expect({ inFlight: seen.inFlight, waiting: seen.waiting }).toEqual({ inFlight, waiting });
};

/** Waits for so many to be inside, and so many to wait. */
export const untilHeld = (limit: Bulkhead, inFlight: number, waiting = 0): Promise<true> =>
  until(
    () => limit.snapshot().inFlight === inFlight && limit.snapshot().waiting === waiting && true,
    `${inFlight} in flight and ${waiting} waiting`,
  );

export const REDUCED = 'https://iana.org/assignments/http-problem-types#temporary-reduced-capacity';
export const EXCEEDED = 'https://iana.org/assignments/http-problem-types#quota-exceeded';

/** A refusal as its client should see it: whole, said in full, and with no name of ours in it. */
export const expectProblem = (answer: Answer, status: number, type: string): void => {
  expect(answer).toMatchObject({ status, complete: true });
  expect(answer.headers['content-type']).toBe('application/problem+json');
  expect(answer.headers['cache-control']).toBe('no-store');
  const problem = JSON.parse(answer.body) as Record<string, unknown>;
  expect(problem).toMatchObject({ status, type });
  expect(Object.keys(problem)).toEqual(expect.arrayContaining(['title', 'detail']));
  expect(answer.body).not.toMatch(/circuit|node_modules|HF_|\.ts/u);
};

/** Whole seconds from 1. */
export const expectRetryAfter = (answer: Answer, most = 3_600): void => {
  expect(answer.headers['retry-after']).toMatch(/^[1-9]\d*$/u);
  expect(Number(answer.headers['retry-after'])).toBeLessThanOrEqual(most);
};
