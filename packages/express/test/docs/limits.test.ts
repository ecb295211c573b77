// oxlint-disable oxc/no-async-endpoint-handlers -- Express 5 handles their promises
import { createServer } from 'node:http';
import { clientKey, inbound, rateLimit } from '@holdfast/express';
import express, { type Request } from 'express';
import { describe, expect, it } from 'vitest';
import { listening, statusesOf } from './serving.ts';

// What docs/inbound.md shows of rate limits and of the keys of clients.

const from = (address: string): RequestInit => ({ headers: { 'x-forwarded-for': address } });

describe('keys', () => {
  it('are the addresses that trusted proxies saw', async () => {
    const app = express();

    const keyOf = clientKey({ trust: { hops: 1 } });
    app.use(rateLimit({ quota: 20, windowMs: 60_000, key: keyOf }));

    app.get('/', (_, response) => void response.end());
    const url = await listening(createServer(app));
    expect((await statusesOf(21, url, from('192.0.2.7'))).indexOf(429)).toBe(20);
    expect(await statusesOf(1, url, from('10.9.9.9, 192.0.2.7'))).toEqual([429]); // made up in front
    expect(await statusesOf(1, url, from('192.0.2.8'))).toEqual([200]);
  });

  it('or those that proxies of these networks saw', async () => {
    const keyOf = clientKey({
      trust: { cidrs: ['10.0.0.0/8', 'fd00::/8'] },
      keySecret: 'the same for all processes that share counts',
    });
    const socket = { remoteAddress: '10.0.0.1' };
    const headers = (value: string): { 'x-forwarded-for': string } => ({
      'x-forwarded-for': value,
    });
    const direct = keyOf({ socket: { remoteAddress: '192.0.2.7' }, headers: {} });
    expect(keyOf({ socket, headers: headers('192.0.2.7, 10.0.0.2') })).toBe(direct);
    expect(direct).toMatch(/^[\w-]{22}$/);
  });
});

describe('units', () => {
  it('are as many as a tariff has, and cost what a request costs', async () => {
    const app = express();
    const tariffs = new Map([['acme', 2_000]]);
    const accountOf = (request: Request): string => request.get('authorization') ?? 'free';

    app.use(
      rateLimit({
        name: 'api',
        windowMs: 60_000,
        quota: (request) => tariffs.get(accountOf(request)) ?? 100,
        key: (request) => accountOf(request),
        cost: (request) => (request.path === '/export' ? 50 : 1),
        skip: (request) => request.path === '/status',
      }),
    );

    app.get('/{*path}', (_, response) => {
      response.json(inbound(response).rateLimits.map(({ remaining }) => remaining));
    });
    const url = await listening(createServer(app));
    const remaining = async (path: string, account?: string): Promise<unknown> => {
      const init = account === undefined ? {} : { headers: { authorization: account } };
      return (await fetch(url + path, init)).json();
    };
    expect(await remaining('/export')).toEqual([50]);
    expect(await remaining('/search')).toEqual([49]);
    expect(await remaining('/status')).toEqual([]);
    expect(await remaining('/export', 'acme')).toEqual([1_950]);
    expect(await statusesOf(1, `${url}/export`)).toEqual([429]);
  });

  it('are taken by failures alone where they are counted on the outcome', async () => {
    const app = express();
    app.use(express.json());
    const isRight = async ({ password }: { password: string }): Promise<boolean> =>
      password === 'right';
    const keyOf = clientKey({ trust: { hops: 1 } });

    const whoTries = (request: Request) => `${keyOf(request)} ${request.body.user}`;
    const failures = rateLimit({
      name: 'log-ins',
      quota: 5,
      windowMs: 600_000,
      countOn: 'outcome',
      key: whoTries,
    });

    app.post('/log-in', failures, async (request, response) => {
      const known = await isRight(request.body);
      if (known) await failures.reset(whoTries(request));
      response.sendStatus(known ? 204 : 401);
    });

    const url = await listening(createServer(app));
    const logIn = async (times: number, password: string, user = 'ann'): Promise<number[]> =>
      statusesOf(times, `${url}/log-in`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ user, password }),
      });
    expect(new Set(await logIn(10, 'right'))).toEqual(new Set([204]));
    expect(await logIn(4, 'wrong')).toEqual([401, 401, 401, 401]);
    expect(await logIn(1, 'right')).toEqual([204]);
    expect((await logIn(7, 'wrong')).indexOf(429)).toBe(5);
    expect(await logIn(1, 'right', 'bob')).toEqual([204]);
  });
});
