import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { differences } from '../faults/cell.ts';
import { cells } from '../faults/cells.ts';
import { FaultServer } from '../faults/fault-server.ts';
import { versions, warmUp } from '../faults/run-cells.ts';

// A few quick cells of the matrix that `pnpm --filter @holdfast/undici faults` prints whole.
const QUICK = [
  '200',
  '103-then-500',
  'refused',
  'reset-before-headers',
  'reset-once',
  'fin-mid-body',
  'length-too-short',
  'garbage-for-http',
  'closed-under-the-feet',
  'upgrade-101',
  'h2-200',
  'h2-killed-mid-body',
  'tls-untrusted',
  'abort: queued in the pool, AbortController',
  'abort: in the body, AbortSignal.timeout',
  'abort: asleep between attempts, AbortController',
  'hang: timeout',
];

let server: FaultServer;

beforeAll(async () => {
  server = await FaultServer.start();
  await warmUp(server);
});

afterAll(async () => {
  await server.stop();
});

/** Two of the five APIs, and those that belong to a fault alone. */
const APIS = new Set(['request', 'global fetch', 'upgrade']);

const quick = cells(versions()).filter(({ fault, api }) => QUICK.includes(fault) && APIS.has(api));

it('picks cells that there are', () => {
  expect(new Set(quick.map(({ fault }) => fault))).toEqual(new Set(QUICK));
});

describe.each(quick.map((cell) => ({ title: `${cell.fault} through ${cell.api}`, cell })))(
  'one call with $title',
  ({ cell }) => {
    it('ends, counts and is repeated as documented, and leaves nothing', async () => {
      expect(differences(await cell.run(server), cell.expected)).toEqual([]);
    });
  },
);
