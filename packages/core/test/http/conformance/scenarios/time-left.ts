import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { remainingDeadlineMs } from '../../../../src/http/deadline-context.ts';
import type { Behaviour } from '../rig.ts';
import type { Scenario } from '../run-scenario.ts';
import type { World } from '../world.ts';

interface Seen {
  /** By the adapter, and by the context that outbound calls read. */
  readonly own: number;
  readonly inherited: number;
}

interface Asking {
  readonly options: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What is left of its time, as the handler of one request sees it after an `await`. */
const seenBy = async (world: World, { options, headers = {} }: Asking): Promise<Seen> => {
  let seen: Seen = { own: Number.NaN, inherited: Number.NaN };
  const handler: Behaviour = async ({ inbound, text }) => {
    await sleep(1);
    seen = { own: inbound().remainingMs(), inherited: remainingDeadlineMs() };
    text('done');
  };
  await world.serve({ guards: [world.pieces.deadline(options)], routes: { '/': handler } });
  expect(await (await world.client()).get('/', { headers })).toMatchObject({ status: 200 });
  return seen;
};

interface Left extends Asking {
  readonly title: string;
  readonly most: number;
  readonly least: number;
}

const WAITS = { 'X-Request-Timeout-Ms': '5000' };
const trusting = { deadlineMs: 20_000, trust: true };
/** Far more than a request takes here. */
const SLACK_MS = 3_000;

const leaves = (
  title: string,
  ms: number,
  options: object,
  headers: Readonly<Record<string, string>> = {},
): Left => ({ title, most: ms, least: ms - SLACK_MS, options, headers });

const LEFT: readonly Left[] = [
  leaves('a handler sees its own limit, and so do its outbound calls', 20_000, {
    deadlineMs: 20_000,
  }),
  leaves('a field that is not trusted changes nothing', 20_000, { deadlineMs: 20_000 }, WAITS),
  leaves('a field that is trusted makes the limit shorter', 5_000, trusting, WAITS),
  leaves('a field cannot make the limit longer', 4_000, { deadlineMs: 4_000, trust: true }, WAITS),
  leaves('grpc-timeout is read', 6_000, trusting, { 'grpc-timeout': '6S' }),
  leaves('Envoy’s field is read', 6_000, trusting, { 'x-envoy-expected-rq-timeout-ms': '6000' }),
  leaves('the shortest of several fields holds', 5_000, trusting, {
    ...WAITS,
    'grpc-timeout': '9S',
  }),
  leaves(
    'a field that is not in the list is not read',
    20_000,
    { ...trusting, headers: ['grpc-timeout'] },
    WAITS,
  ),
  leaves('a malformed field is not read', 20_000, trusting, { 'X-Request-Timeout-Ms': '5s' }),
  leaves('a field of 0 is not read', 20_000, trusting, { 'X-Request-Timeout-Ms': '0' }),
  leaves(
    'what is reserved for the way back is taken off',
    4_000,
    { ...trusting, reserveMs: 1_000 },
    WAITS,
  ),
];

const seesLeft = ({ title, most, least, ...asking }: Left): Scenario => ({
  title,
  run: async (world) => {
    for (const ms of Object.values(await seenBy(world, asking))) {
      expect(ms).toBeLessThanOrEqual(most);
      expect(ms).toBeGreaterThan(least);
    }
  },
});

/** What handlers, and their outbound calls, know of the time that is left. */
export const TIME_LEFT_SCENARIOS: readonly Scenario[] = [
  ...LEFT.map(seesLeft),
  {
    title: 'who trusts some callers reads their fields alone',
    run: async (world) => {
      const trust = world.by((headers) => headers['x-gateway'] === 'yes');
      const guards = [world.pieces.deadline({ trust, deadlineMs: 20_000 })];
      const left: number[] = [];
      const handler: Behaviour = ({ inbound, text }) => {
        left.push(inbound().remainingMs());
        text('done');
      };
      await world.serve({ guards, routes: { '/': handler } });
      const client = await world.client();
      await client.get('/', { headers: WAITS });
      await client.get('/', { headers: { ...WAITS, 'X-Gateway': 'yes' } });
      expect(left.map((ms) => ms > 5_000)).toEqual([true, false]);
    },
  },
  {
    title: 'outbound calls inherit nothing where that is not wanted',
    run: async (world) => {
      const { own, inherited } = await seenBy(world, {
        options: { deadlineMs: 20_000, propagate: false },
      });
      expect(own).toBeLessThan(20_001);
      expect(inherited).toBe(Infinity);
    },
  },
  {
    title: 'the context of one request does not reach the next of its connection',
    run: async (world) => {
      const left: number[] = [];
      const open: Behaviour = ({ text }) => {
        left.push(remainingDeadlineMs());
        text('open');
      };
      await world.serve({
        guards: [world.pieces.deadline({ deadlineMs: 20_000 })],
        open: { '/open': open },
        routes: { '/': ({ text }) => text('done') },
      });
      const client = await world.client();
      await client.get('/');
      await client.get('/open');
      expect(left).toEqual([Infinity]);
    },
  },
];
