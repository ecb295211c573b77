import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  circuitBreaker,
  consecutive,
  countWindow,
  type BreakerRegistry,
  type CircuitBreaker,
} from '@holdfast/core';
import { Agent, type Dispatcher } from 'undici';
import { afterEach } from 'vitest';
import { breaker, type BreakerOptions } from '../src/index.ts';

const cleanUps: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

/** Runs when the test is over, last registered first. */
export const afterTest = (cleanUp: () => unknown): void => void cleanUps.push(cleanUp);

/** Listens on a free port until the test is over. */
export const listen = async (server: Server): Promise<string> => {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  afterTest(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

/** A real HTTP server that answers as the test says. */
export const origin = (listener: RequestListener): Promise<string> =>
  listen(createServer(listener));

/** Opens at the second failure of two calls. */
export const circuitOf = (name = 'origin'): CircuitBreaker => {
  const circuit = circuitBreaker({
    name,
    trip: countWindow({ size: 2, failureRate: 1 }),
    open: { baseMs: 60_000, jitter: 0, maxOpenForMs: 3_600_000 },
    halfOpen: { probes: 1 },
  });
  afterTest(() => circuit[Symbol.dispose]());
  return circuit;
};

/** A dispatcher behind the circuit. */
export const guarded = (circuit: CircuitBreaker): Dispatcher => {
  const agent = new Agent();
  afterTest(() => agent.destroy());
  return agent.compose(breaker(circuit));
};

/** How the calls so far were judged. Calls under way are in none of the three. */
export const verdicts = (
  circuit: CircuitBreaker,
): { successes: number; failures: number; ignored: number; inFlight: number } => {
  const { counters, inFlight } = circuit.snapshot();
  const { successes, failures, ignored } = counters;
  return { successes, failures, ignored, inFlight };
};

/** Verdicts before there were any. */
export const NOTHING = { successes: 0, failures: 0, ignored: 0, inFlight: 0 };

/** A dispatcher whose circuits, one for each origin, open at the first failure. */
export const keyed = (
  options: BreakerOptions = {},
): { readonly dispatcher: Dispatcher; readonly circuits: BreakerRegistry | undefined } => {
  const intercept = breaker({ trip: consecutive(1), ...options });
  const agent = new Agent();
  afterTest(() => agent.destroy());
  return { dispatcher: agent.compose(intercept), circuits: intercept.circuits };
};
