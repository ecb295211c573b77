import { describe, expect, it } from 'vitest';
import { parseRateLimit } from '../../../src/http/index.ts';
import { exchangeOf } from '../../../src/http/inbound/index.ts';
import { memoryStore, StoreError, type Store } from '../../../src/stateless/index.ts';
import { answering, get, guards, serve } from './plain.ts';

const QUOTA = { quota: 2, windowMs: 3_600_000, key: (): string => 'one' } as const;

/** A store that others than this process share, and that is lost. */
const lostStore = (): Store =>
  Object.assign<Store, Partial<Store>>(memoryStore(), {
    scope: 'shared',
    count: () => Promise.reject(new StoreError('lost', 'not-sent')),
    lease: () => Promise.reject(new StoreError('lost', 'not-sent')),
  });

describe('a rate limit of requests with a store', () => {
  it('counts what several processes let through together', async () => {
    const store = memoryStore();
    const [first, second] = await Promise.all([
      serve(guards.rateLimit({ ...QUOTA, name: 'api', store })(answering)),
      serve(guards.rateLimit({ ...QUOTA, name: 'api', store })(answering)),
    ]);
    const answers = [await get(first), await get(second), await get(first)];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
    const told = answers.map(({ headers }) => parseRateLimit(headers.get('ratelimit') ?? ''));
    expect(told.map(([limit]) => limit?.remaining)).toEqual([1, 0, 0]);
    expect(Number(answers[2]?.headers.get('retry-after'))).toBeGreaterThanOrEqual(3_599);
  });

  it('lets a handler read who decided', async () => {
    const limit = guards.rateLimit({ ...QUOTA, store: memoryStore() });
    const url = await serve(
      limit((request, response) => {
        response.end(JSON.stringify(exchangeOf(request, response).rateLimits));
      }),
    );
    expect(JSON.parse((await get(url)).text)).toMatchObject([{ remaining: 1, source: 'shared' }]);
  });

  it('gives back what did not count, where the outcome decides', async () => {
    const limit = guards.rateLimit({ ...QUOTA, store: memoryStore(), countOn: 'outcome' });
    const url = await serve(
      limit((request, response) => {
        response.statusCode = request.url === '/wrong' ? 401 : 200;
        response.end();
      }),
    );
    for (let i = 0; i < 5; i++) expect((await get(url)).status).toBe(200);
    const wrong = [await get(`${url}/wrong`), await get(`${url}/wrong`), await get(`${url}/wrong`)];
    expect(wrong.map(({ status }) => status)).toEqual([401, 401, 429]);
  });

  it('takes nothing from who was answered while the store was asked', async () => {
    const store = memoryStore();
    const limit = guards.rateLimit({ ...QUOTA, store });
    let served = 0;
    const guarded = limit((_, response) => {
      served++;
      response.end('served');
    });
    const url = await serve((request, response) => {
      const going = guarded(request, response);
      // So long that it is still on its way as the store answers.
      if (request.url === '/early') response.end('early'.repeat(2_000_000));
      return going;
    });
    expect((await get(`${url}/early`)).text).toHaveLength(10_000_000);
    await expect.poll(() => [...limit.sharedLimits()][0]?.snapshot().unsent).toBe(1);
    expect(served).toBe(0);
  });

  it('lifts the limit of one key, and of one key alone', async () => {
    const limit = guards.rateLimit({ ...QUOTA, store: memoryStore() });
    const url = await serve(limit(answering));
    await get(url);
    await get(url);
    expect((await get(url)).status).toBe(429);
    await limit.reset('one');
    expect((await get(url)).status).toBe(200);
    await expect(limit.reset()).rejects.toThrow(/"key".*everybody/);
    expect([...limit.limits()]).toEqual([]);
    expect([...limit.sharedLimits()].length).toBe(1);
  });

  it('goes on by itself while the store is lost, or as it was told to', async () => {
    const store = lostStore();
    const statuses = async (onStoreLoss?: 'local' | 'allow' | 'deny'): Promise<number[]> => {
      const limit = guards.rateLimit({ ...QUOTA, store, ...(onStoreLoss && { onStoreLoss }) });
      const url = await serve(limit(answering));
      return [(await get(url)).status, (await get(url)).status, (await get(url)).status];
    };
    expect(await statuses()).toEqual([200, 200, 429]);
    expect(await statuses('allow')).toEqual([200, 200, 200]);
    expect(await statuses('deny')).toEqual([429, 429, 429]);
  });

  it('tells no numbers that nobody looked at', async () => {
    const limit = guards.rateLimit({ ...QUOTA, store: lostStore(), onStoreLoss: 'allow' });
    const { headers } = await get(await serve(limit(answering)));
    expect(headers.get('ratelimit')).toBeNull();
  });
});

describe('options that belong to a store', () => {
  const { key: _, ...numbers } = QUOTA;
  const store = lostStore();
  const secret = 'a secret that all processes have';

  it.each([
    ['onStoreLoss without a store', { ...QUOTA, onStoreLoss: 'deny' }, /"onStoreLoss".*"store"/],
    ['leasing without a store', { ...QUOTA, leasing: true }, /"leasing".*"store"/],
    ['keySecret without a store', { ...QUOTA, keySecret: secret }, /"keySecret".*"store"/],
    ['a shared store without a secret or a key', { ...numbers, store }, /"keySecret".*"key"/],
    ['a secret beside a key', { ...QUOTA, store, keySecret: secret }, /"keySecret".*"key"/],
    ['a short secret', { ...numbers, store, keySecret: 'short' }, /"keySecret" is "5 bytes"/],
    ['no store', { ...numbers, store: {} }, /"store" is an object; allowed: a store/],
    ['null for a store', { ...numbers, store: null }, /"store" is null; allowed: a store/],
    ['a tenant without a store', { ...QUOTA, tenant: 'acme' }, /"tenant".*"store"/],
    ['an empty tenant', { ...QUOTA, store, tenant: '' }, /"tenant"/],
    ['no time at all', { ...QUOTA, store, deadlineMs: 0 }, /"deadlineMs" is 0/],
    ['an unknown word', { ...QUOTA, store, onStoreLoss: 'panic' }, /"onStoreLoss" is "panic"/],
  ])('%s is a clear error', (_title, options, message) => {
    expect(() => guards.rateLimit(options as Parameters<typeof guards.rateLimit>[0])).toThrow(
      message,
    );
  });

  it('a secret that all processes have has them count the same clients', async () => {
    const shared = Object.assign<Store, Partial<Store>>(memoryStore(), { scope: 'shared' });
    const limit = (): ReturnType<typeof guards.rateLimit> =>
      guards.rateLimit({ ...numbers, store: shared, keySecret: secret });
    const [first, second] = [await serve(limit()(answering)), await serve(limit()(answering))];
    const answers = [await get(first), await get(second), await get(first)];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
  });
});
