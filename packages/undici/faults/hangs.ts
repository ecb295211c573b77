import { countWindow } from '@holdfast/core';
import type { Agent } from 'undici';
import type { StandardOptions } from '../src/index.ts';
import { APIS, type Api } from './callers.ts';
import type { Cell, Observation } from './cell.ts';
import { Client, type Plan } from './client.ts';
import type { FaultServer } from './fault-server.ts';

// An origin that hangs opens the circuit, whichever timeout notices.

interface Hang {
  readonly timer: string;
  readonly fault?: string;
  readonly origin?: Plan['origin'];
  readonly agent?: Agent.Options;
  readonly policies?: StandardOptions;
  /** The caller's. */
  readonly timeoutMs?: number;
  readonly sees: readonly string[];
  /** Requests that get as far as the server, of three. */
  readonly arrives?: number;
}

const CALLS = 3;
const OPENS_FOR_MS = 5_000;

const HANGS: readonly Hang[] = [
  { timer: 'timeout', policies: { timeout: { timeoutMs: 400 } }, sees: ['HF_TIMEOUT'] },
  {
    timer: 'timeout while connecting',
    origin: 'mute',
    agent: { connect: { timeout: 300 } },
    policies: { timeout: { timeoutMs: 60 } },
    sees: ['HF_TIMEOUT'],
    arrives: 0,
  },
  {
    timer: 'deadline',
    policies: { deadline: { deadlineMs: 500 }, breaker: { blameAfterMs: 250 } },
    sees: ['HF_DEADLINE_EXCEEDED'],
  },
  {
    timer: 'deadline in the body',
    fault: 'hang-mid-body',
    policies: { deadline: { deadlineMs: 500 }, breaker: { blameAfterMs: 250 } },
    sees: ['200 then HF_DEADLINE_EXCEEDED'],
  },
  { timer: 'AbortSignal.timeout', timeoutMs: 500, sees: ['TimeoutError'] },
  {
    timer: 'AbortSignal.timeout in the body',
    fault: 'hang-mid-body',
    timeoutMs: 500,
    sees: ['200 then TimeoutError'],
  },
  {
    timer: "undici's headersTimeout",
    agent: { headersTimeout: 100 },
    sees: ['UND_ERR_HEADERS_TIMEOUT'],
  },
  {
    timer: "undici's bodyTimeout",
    fault: 'hang-mid-body',
    agent: { bodyTimeout: 100 },
    sees: ['200 then UND_ERR_BODY_TIMEOUT'],
  },
  {
    timer: "undici's connect timeout",
    origin: 'mute',
    agent: { connect: { timeout: 100 } },
    sees: ['UND_ERR_CONNECT_TIMEOUT'],
    arrives: 0,
  },
];

/** No limit but the one that is looked at, and a circuit that opens at the third failure. */
const policiesOf = ({ breaker, ...limit }: StandardOptions): StandardOptions => ({
  timeout: false,
  deadline: false,
  retry: false,
  ...limit,
  breaker: {
    ...breaker,
    trip: countWindow({ size: CALLS, failureRate: 1 }),
    open: { baseMs: OPENS_FOR_MS, jitter: 0 },
  },
});

const clientOf = (server: FaultServer, hang: Hang, api: Api): Client => {
  const { timer, fault = 'hang-before-headers', origin, agent, policies = {} } = hang;
  const label = timer.replaceAll(/\W+/g, '-');
  const plan = { fault, api, origin, agent, label, sockets: 0 };
  return new Client(server, { ...plan, policies: policiesOf(policies) });
};

const run = async (client: Client, { timeoutMs }: Hang): Promise<Observation> => {
  const calls = Array.from({ length: CALLS }, () => {
    const signal = timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs);
    return client.call({ signal });
  });
  const seen = new Set(await Promise.all(calls));
  const next = await client.call();
  return client.finish(`${CALLS} × ${[...seen].join(' or ')} | ${next}`);
};

const cellOf = (hang: Hang, api: Api): Cell => ({
  fault: `hang: ${hang.timer}`,
  api,
  expected: {
    sees: hang.sees.map((each) => `${CALLS} × ${each} | HF_CIRCUIT_OPEN`),
    records: 'F'.repeat(CALLS),
    arrives: hang.arrives ?? CALLS,
    opensForMs: OPENS_FOR_MS,
    sockets: 0,
  },
  run: (server) => run(clientOf(server, hang, api), hang),
});

/** A hanging origin through each kind of timeout and each API. */
export const HANG_CELLS: readonly Cell[] = HANGS.flatMap((hang) =>
  APIS.map((api) => cellOf(hang, api)),
);
