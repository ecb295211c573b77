import { request } from 'undici';
import type { Client, Plan } from './client.ts';
import type { FaultServer } from './fault-server.ts';
import { within } from './within.ts';

/** By then a stage is reached, or never. */
export const LONGEST_STAGE_MS = 3_000;

/** One stage, and what is recorded of a call that is given up there. */
export interface Stage {
  readonly stage: string;
  readonly plan: Omit<Plan, 'api'>;
  /** What the caller saw before. */
  readonly status?: number;
  readonly arrives: number;
  /** For a plain abort and for a timeout. */
  readonly records: readonly [abort: string, timeout: string];
  readonly sockets: number;
  /** Brings the client there before the call; gives what has to be undone. */
  readonly before?: (client: Client, surroundings: Surroundings) => Promise<() => void>;
  /** Whether the call is there now. */
  readonly reached?: (client: Client, heard: Heard) => boolean | Promise<boolean>;
  /** No further call can succeed. */
  readonly dead?: boolean;
}

export interface Surroundings {
  readonly server: FaultServer;
  /** Undici 8 keeps connections of their own for those. */
  readonly allowH2: boolean;
}

/** What the caller has had so far. */
export interface Heard {
  headers: boolean;
  chunk: boolean;
}

/** None of Holdfast's own limits is to be what ends the call. */
const POLICIES = { timeout: { timeoutMs: 5_000 }, deadline: { deadlineMs: 6_000 } };

const plan = (fault: string, more: Partial<Plan> = {}): Omit<Plan, 'api'> => ({
  fault,
  policies: POLICIES,
  ...more,
});

const hasArrived = async (client: Client): Promise<boolean> => (await client.arrived()) > 0;

/** Takes the only connection of the pool. */
const saturate: Stage['before'] = async (client, { server, allowH2 }) => {
  const path = `/hang-before-headers/blocks${client.path}`;
  const over = new AbortController();
  const options = { dispatcher: client.agent, signal: over.signal, allowH2 };
  request(client.origin + path, options).catch(() => undefined);
  if (!(await within(LONGEST_STAGE_MS, async () => (await server.count(path)).arrivals.length > 0)))
    client.complain('the pool was not saturated');
  return () => over.abort();
};

/** Takes the only slot of our own bulkhead. */
const fill: Stage['before'] = async (client) => {
  const permit = client.policies.bulkhead?.get(client.origin).tryAcquire();
  return () => {
    if (permit?.admitted === true) permit.release();
  };
};

/** Every stage at which a caller can give up. */
export const STAGES: readonly Stage[] = [
  { stage: 'already aborted', plan: plan('200'), arrives: 0, records: ['', ''], sockets: 0 },
  {
    stage: 'queued in the pool',
    plan: plan('200', { agent: { connections: 1 } }),
    arrives: 0,
    records: ['I', 'F'],
    sockets: 0,
    before: saturate,
    reached: (client) => client.permits > 0,
  },
  {
    stage: 'queued in our bulkhead',
    plan: plan('200', {
      policies: { ...POLICIES, bulkhead: { concurrency: 1, queue: 5, maxWaitMs: 5_000 } },
    }),
    arrives: 0,
    records: ['I', 'I'],
    sockets: 0,
    before: fill,
    reached: (client) => client.policies.bulkhead?.get(client.origin).snapshot().waiting === 1,
  },
  {
    stage: 'connecting',
    plan: plan('200', { origin: 'mute', agent: { connect: { timeout: 1_000 } } }),
    arrives: 0,
    records: ['I', 'F'],
    sockets: 0,
    reached: (client) => client.permits > 0,
    dead: true,
  },
  {
    stage: 'sent',
    plan: plan('hang-before-headers'),
    arrives: 1,
    records: ['I', 'F'],
    sockets: 0,
    reached: hasArrived,
  },
  {
    stage: 'after the headers',
    plan: plan('hang-after-headers'),
    status: 200,
    arrives: 1,
    // The server had done its part.
    records: ['S', 'F'],
    sockets: 0,
    reached: (_client, { headers }) => headers,
  },
  {
    stage: 'in the body',
    plan: plan('hang-mid-body'),
    status: 200,
    arrives: 1,
    records: ['S', 'F'],
    sockets: 0,
    reached: (_client, { chunk }) => chunk,
  },
  {
    stage: 'asleep between attempts',
    plan: plan('503', {
      policies: {
        ...POLICIES,
        retry: { backoff: { baseMs: 4_000, maxMs: 4_000, jitter: 'none' } },
      },
    }),
    arrives: 1,
    // The attempt that failed before, and nothing of the sleep.
    records: ['F', 'F'],
    sockets: 1,
    reached: (client) => client.records === 'F',
  },
];
