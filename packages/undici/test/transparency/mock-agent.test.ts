import { Readable } from 'node:stream';
import { describe } from 'vitest';
import type { Dispatcher, MockAgent, MockPool } from 'undici';
import { STARTED_AT_ONCE } from './support/deliberate.ts';
import { whole, wholeFetch } from './support/read.ts';
import { taped } from './support/tape.ts';
import { transparent } from './support/transparent.ts';
import { caught, type World } from './support/world.ts';

const ORIGIN = 'http://mocked.test';

interface Mocked {
  readonly agent: MockAgent;
  readonly pool: MockPool;
  readonly dispatcher: Dispatcher;
}

const mocked = (world: World): Mocked => {
  const agent = new world.undici.MockAgent({ enableCallHistory: true });
  agent.disableNetConnect();
  return { agent, pool: agent.get(ORIGIN), dispatcher: world.through(agent) };
};

describe('MockAgent', () => {
  transparent(
    'a reply with headers and trailers, by request, fetch and dispatch',
    async (world) => {
      const { pool, dispatcher } = mocked(world);
      pool
        .intercept({ path: '/' })
        .reply(200, { paid: true }, { headers: { 'X-A': '1' }, trailers: { 'x-sum': '4' } })
        .times(3);
      return [
        await whole(await world.undici.request(ORIGIN, { dispatcher })),
        await wholeFetch(await world.undici.fetch(ORIGIN, { dispatcher })),
        await taped(dispatcher, { origin: ORIGIN, path: '/', method: 'GET' }),
      ];
    },
    { shows: 'x-sum', core: true },
  );
  transparent(
    'a reply that depends on the request and its body',
    async (world) => {
      const { agent, pool, dispatcher } = mocked(world);
      pool
        .intercept({ path: '/a?b=1', method: 'POST', body: 'paid', headers: { 'x-a': '1' } })
        .reply(201, ({ path, body, headers }) => JSON.stringify({ path, body, headers }));
      const options = {
        dispatcher,
        method: 'POST',
        body: 'paid',
        headers: { 'X-A': '1' },
      } as const;
      const response = await whole(await world.undici.request(`${ORIGIN}/a?b=1`, options));
      const calls = agent
        .getCallHistory()
        ?.calls()
        .map(({ fullUrl, method, body }) => ({ fullUrl, method, body }));
      return { response, calls };
    },
    { shows: 'statusCode: 201', core: true },
  );
  transparent(
    'a reply that takes a while',
    async (world) => {
      const { pool, dispatcher } = mocked(world);
      pool.intercept({ path: '/' }).reply(200, 'late').delay(20);
      return whole(await world.undici.request(ORIGIN, { dispatcher }));
    },
    { shows: 'late', core: true },
  );
  transparent(
    'a reply that is given up while it takes a while',
    async (world) => {
      const { pool, dispatcher } = mocked(world);
      pool.intercept({ path: '/' }).reply(200, 'late').delay(1_000);
      const signal = AbortSignal.timeout(10);
      return caught(world.undici.request(ORIGIN, { dispatcher, signal }));
    },
    { shows: 'TimeoutError', core: true },
  );
  transparent(
    'an error, by request and by fetch',
    async (world) => {
      const { pool, dispatcher } = mocked(world);
      pool.intercept({ path: '/' }).replyWithError(new RangeError('no line')).times(2);
      return [
        await caught(world.undici.request(ORIGIN, { dispatcher })),
        await caught(world.undici.fetch(ORIGIN, { dispatcher })),
      ];
    },
    { shows: 'no line', core: true, noRetry: 'an error is worth a further attempt' },
  );
  transparent(
    'an error, by dispatch',
    async (world) => {
      const { pool, dispatcher } = mocked(world);
      pool.intercept({ path: '/' }).replyWithError(new RangeError('no line'));
      return taped(dispatcher, { origin: ORIGIN, path: '/', method: 'GET' });
    },
    {
      shows: 'no line',
      core: true,
      noRetry: 'an error is worth a further attempt',
      differs: STARTED_AT_ONCE,
    },
  );
  transparent(
    'a request that nothing matches, and what is left',
    async (world) => {
      const { agent, pool, dispatcher } = mocked(world);
      pool.intercept({ path: '/other' }).reply(200, 'never');
      const error = await caught(world.undici.request(ORIGIN, { dispatcher }));
      const left = agent.pendingInterceptors().map(({ method, path }) => ({ method, path }));
      return { error, left };
    },
    {
      shows: 'UND_MOCK_ERR_MOCK_NOT_MATCHED',
      core: true,
      noRetry: 'an error is worth a further attempt',
    },
  );
  transparent(
    'what a reply is told of a body that is a string, a stream and an iterable',
    async (world) => {
      const { pool, dispatcher } = mocked(world);
      const told: unknown[] = [];
      const bodies = ['paid', Readable.from(['pa', 'id']), [Buffer.from('paid')]];
      for (const body of bodies) {
        pool.intercept({ path: '/', method: 'PUT' }).reply(200, ({ body: given }) => {
          told.push(given === body ? 'the same' : given);
          return 'thanks';
        });
        const options = { dispatcher, method: 'PUT', body: body as string } as const;
        told.push(await whole(await world.undici.request(ORIGIN, options)));
      }
      return told;
    },
    { shows: 'the same', core: true },
  );
  transparent(
    'statuses one after the other',
    async (world) => {
      const { pool, dispatcher } = mocked(world);
      const seen: unknown[] = [];
      for (const status of [204, 301, 404, 500, 503]) {
        pool.intercept({ path: '/' }).reply(status, status === 204 ? '' : 'body');
        seen.push(await whole(await world.undici.request(ORIGIN, { dispatcher })));
      }
      return seen;
    },
    { shows: '503', core: true, noRetry: '500 and 503 would be sent again' },
  );
});
