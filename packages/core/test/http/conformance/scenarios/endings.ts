import { expect } from 'vitest';
import type { Verdicts } from '../policy-watch.ts';
import type { Behaviour } from '../rig.ts';
import type { Scenario } from '../run-scenario.ts';
import { settled } from '../until.ts';
import { guarded } from './guarded.ts';

interface Ending {
  readonly title: string;
  readonly handler: Behaviour;
  readonly status: number;
  readonly verdict: keyof Verdicts;
}

const failing = (status: number): Error => Object.assign(new Error('no'), { status, expose: true });

const ENDINGS: readonly Ending[] = [
  {
    title: 'a handler that answers at once has its answer sent and counted as a success',
    handler: ({ text }) => text('done'),
    status: 200,
    verdict: 'successes',
  },
  {
    title: 'a handler that answers later has its answer sent and counted as a success',
    handler: async ({ json }) => {
      await settled();
      json({ done: true }, 201);
    },
    status: 201,
    verdict: 'successes',
  },
  {
    title: 'a synchronous throw is answered 500 and counted as a failure',
    handler: () => {
      throw new Error('sync');
    },
    status: 500,
    verdict: 'failures',
  },
  {
    title: 'an asynchronous throw is answered 500 and counted as a failure',
    handler: async () => {
      await settled();
      throw new Error('async');
    },
    status: 500,
    verdict: 'failures',
  },
  {
    title: 'a promise that rejects is answered 500 and counted as a failure',
    handler: () => Promise.reject(new Error('rejected')),
    status: 500,
    verdict: 'failures',
  },
  {
    title: 'a thrown string is answered 500 and counted as a failure',
    handler: () => {
      throw 'a string';
    },
    status: 500,
    verdict: 'failures',
  },
  {
    title: 'a thrown 404 is an answer like any other: no failure',
    handler: () => {
      throw failing(404);
    },
    status: 404,
    verdict: 'successes',
  },
  {
    title: 'a rejection with 422 is an answer like any other: no failure',
    handler: () => Promise.reject(failing(422)),
    status: 422,
    verdict: 'successes',
  },
  {
    title: 'a thrown 503 of the handler is a failure: it is no refusal of ours',
    handler: () => {
      throw failing(503);
    },
    status: 503,
    verdict: 'failures',
  },
  {
    title: 'an answer of 503 by the handler is a failure: it is no refusal of ours',
    handler: ({ text }) => text('down', 503),
    status: 503,
    verdict: 'failures',
  },
  {
    title: 'an answer of 429 by the handler is no failure',
    handler: ({ text }) => text('slow down', 429),
    status: 429,
    verdict: 'successes',
  },
  {
    title: 'a redirect is no failure',
    handler: ({ header, text }) => {
      header('Location', '/elsewhere');
      text('there', 302);
    },
    status: 302,
    verdict: 'successes',
  },
  {
    title: 'a handler that ends the plain response by itself is left alone',
    handler: ({ raw }) => void raw().writeHead(200, { 'Content-Length': 2 }).end('ok'),
    status: 200,
    verdict: 'successes',
  },
  {
    title: 'a handler that goes on working after an early end changes nothing',
    handler: async ({ raw }) => {
      raw().end('early');
      await settled();
    },
    status: 200,
    verdict: 'successes',
  },
  {
    title: 'a second end of the plain response sends nothing',
    handler: ({ raw }) => void raw().end('first').end(),
    status: 200,
    verdict: 'successes',
  },
];

const scenarioOf = ({ title, handler, status, verdict }: Ending): Scenario => ({
  title,
  run: async (world) => {
    const { guards, circuit } = guarded(world);
    world.expectVerdicts(circuit, { [verdict]: 1 });
    await world.serve({ guards, routes: { '/': handler } });
    const client = await world.client();
    expect(await client.get('/')).toMatchObject({ status, complete: true });
  },
});

/** What a handler can do with its answer, and how it is judged. */
export const ENDING_SCENARIOS: readonly Scenario[] = ENDINGS.map(scenarioOf);
