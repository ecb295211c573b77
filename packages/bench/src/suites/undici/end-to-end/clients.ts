import { standard } from '@holdfast/undici';
import { TimeoutStrategy } from 'cockatiel';
import Opossum from 'opossum';
import { Agent, interceptors, request, type Dispatcher } from 'undici';
import type { Side } from '../../../harness/suite.ts';
import { cockatielPolicies, type Limits } from '../../pipeline/stacks.ts';

/** Requests that are under way at once, each on a connection of its own. */
export const IN_FLIGHT = 50;

/** Makes one request and reads its answer. */
export type Send = () => Promise<unknown>;

/** One way to send a request to an origin. */
export interface Client {
  readonly name: string;
  readonly side: Side;
  readonly connect: (origin: string) => Send;
}

/** What `standard()` allows by default. */
const LIMITS: Limits = { concurrency: 1_000, queue: 0, timeoutMs: 10_000 };

const agent = (): Agent => new Agent({ connections: IN_FLIGHT });

const sending = (origin: string, dispatcher: Dispatcher) => {
  const url = `${origin}/orders/1`;
  return async (signal: AbortSignal | null = null): Promise<unknown> => {
    const { body } = await request(url, { dispatcher, signal });
    return body.json();
  };
};

const through = (name: string, side: Side, compose: (agent: Agent) => Dispatcher): Client => ({
  name,
  side,
  connect: (origin) => {
    const send = sending(origin, compose(agent()));
    return () => send();
  },
});

export const bare = through('bare', 'bare', (plain) => plain);

export const holdfast = through('Holdfast standard()', 'holdfast', (plain) =>
  plain.compose(...standard()),
);

export const undiciRetry = through('undici interceptors.retry', 'peer', (plain) =>
  plain.compose(interceptors.retry()),
);

/** Rejects at once when time is up, and leaves the request to itself. */
export const cockatielWrap: Client = {
  name: 'cockatiel wrap',
  side: 'peer',
  connect: (origin) => {
    const policy = cockatielPolicies(LIMITS, TimeoutStrategy.Aggressive);
    const send = sending(origin, agent());
    return () => policy.execute(() => send());
  },
};

/** Ends the request too when time is up, as `standard()` does. */
export const cockatielWithSignal: Client = {
  name: 'cockatiel wrap, signal handed on',
  side: 'peer',
  connect: (origin) => {
    const policy = cockatielPolicies(LIMITS, TimeoutStrategy.Aggressive);
    const send = sending(origin, agent());
    return () => policy.execute(({ signal }) => send(signal));
  },
};

/** A breaker and a timeout, no more. */
export const opossum: Client = {
  name: 'opossum defaults',
  side: 'peer',
  connect: (origin) => {
    const send = sending(origin, agent());
    const circuit = new Opossum(() => send());
    return () => circuit.fire();
  },
};
