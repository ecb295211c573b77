import { describe, expect, it } from 'vitest';
import { parseRateLimit, parseRateLimitPolicy } from '../../../src/http/index.ts';
import { exchangeOf } from '../../../src/http/inbound/index.ts';
import { answering, get, guards, serve } from './plain.ts';

const HOUR_MS = 3_600_000;
const QUOTA = { quota: 2, windowMs: HOUR_MS } as const;

describe('a rate limit of requests', () => {
  it('tells what is left, and answers 429 with the time to come back', async () => {
    const url = await serve(guards.rateLimit({ ...QUOTA, name: 'api' })(answering));
    const first = await get(url);
    expect(first.status).toBe(200);
    expect(parseRateLimitPolicy(first.headers.get('ratelimit-policy') ?? '')).toEqual([
      { name: 'api', quota: 2, windowSeconds: 3_600, unit: 'requests' },
    ]);
    expect(parseRateLimit(first.headers.get('ratelimit') ?? '')).toEqual([
      { name: 'api', remaining: 1, resetSeconds: 3_600 },
    ]);
    await get(url);
    const refused = await get(url);
    expect(refused.status).toBe(429);
    const { type, title, 'violated-policies': violated } = JSON.parse(refused.text);
    expect([type, title, violated]).toEqual([
      'https://iana.org/assignments/http-problem-types#quota-exceeded',
      'Quota Exceeded',
      ['api'],
    ]);
    const [told] = parseRateLimit(refused.headers.get('ratelimit') ?? '');
    expect(told).toMatchObject({ remaining: 0 });
    const retryAfter = Number(refused.headers.get('retry-after'));
    expect(retryAfter).toBeGreaterThanOrEqual(told?.resetSeconds ?? Infinity);
    expect(retryAfter).toBeLessThanOrEqual(3_960);
  });

  it('tells a rate by its burst and the time that takes', async () => {
    const url = await serve(guards.rateLimit({ rate: 0.5, burst: 30 })(answering));
    const { headers } = await get(url);
    expect(headers.get('ratelimit-policy')).toBe('"inbound";q=30;w=60');
    expect(headers.get('ratelimit')).toBe('"inbound";r=29;t=2');
  });

  it('writes the older fields where asked, with the time of day', async () => {
    const url = await serve(guards.rateLimit({ ...QUOTA, fields: 'legacy' })(answering));
    const { headers } = await get(url);
    expect(headers.get('ratelimit')).toBeNull();
    expect(headers.get('x-ratelimit-limit')).toBe('2');
    expect(headers.get('x-ratelimit-remaining')).toBe('1');
    const inMs = Number(headers.get('x-ratelimit-reset')) * 1_000 - Date.now();
    expect(inMs / HOUR_MS).toBeCloseTo(1, 1);
  });

  it.each(['both', 'none'] as const)('writes %s of them', async (fields) => {
    const url = await serve(guards.rateLimit({ ...QUOTA, fields })(answering));
    const { headers } = await get(url);
    expect(headers.has('ratelimit')).toBe(fields === 'both');
    expect(headers.has('x-ratelimit-limit')).toBe(fields === 'both');
  });

  it('lists what several limits decide, in their order', async () => {
    const daily = guards.rateLimit({ quota: 9, windowMs: 24 * HOUR_MS, name: 'daily' });
    const burst = guards.rateLimit({ ...QUOTA, name: 'burst' });
    const url = await serve(
      daily(
        burst((request, response) => {
          const { rateLimits } = exchangeOf(request, response);
          response.end(JSON.stringify(rateLimits));
        }),
      ),
    );
    const { headers, text } = await get(url);
    expect(headers.get('ratelimit')).toBe('"daily";r=8;t=86400, "burst";r=1;t=3600');
    expect(JSON.parse(text)).toMatchObject([
      { name: 'daily', admitted: true, limit: 9, remaining: 8 },
      { name: 'burst', admitted: true, limit: 2, remaining: 1 },
    ]);
  });
});

describe('functions of the request', () => {
  it('skip some, at once or after a while, and count them nowhere', async () => {
    const limit = guards.rateLimit({
      ...QUOTA,
      skip: ({ url }) => (url === '/now' ? true : Promise.resolve(url === '/later')),
    });
    const url = await serve(limit(answering));
    for (const path of ['/now', '/later', '/now'])
      expect((await get(url + path)).headers.has('ratelimit')).toBe(false);
    expect((await get(url)).headers.get('ratelimit')).toMatch('r=1');
  });

  it('charge more for some, and nothing for others', async () => {
    const limit = guards.rateLimit({
      quota: 10,
      windowMs: HOUR_MS,
      cost: ({ url = '' }) => Number(url.slice(1)),
    });
    const url = await serve(limit(answering));
    expect((await get(`${url}/7`)).headers.get('ratelimit')).toMatch('r=3');
    expect((await get(`${url}/0`)).headers.get('ratelimit')).toMatch('r=3');
    expect((await get(`${url}/4`)).status).toBe(429);
    const never = await get(`${url}/11`);
    expect([never.status, never.headers.get('retry-after')]).toEqual([429, null]);
  });

  it('give each tariff a quota of its own', async () => {
    const limit = guards.rateLimit({
      windowMs: HOUR_MS,
      key: ({ headers }) => String(headers['x-user']),
      quota: ({ headers }) => (headers['x-user'] === 'ada' ? 3 : 1),
    });
    const url = await serve(limit(answering));
    const as = (user: string): Promise<number> =>
      get(url, { headers: { 'x-user': user } }).then(({ status }) => status);
    expect([await as('ada'), await as('ada'), await as('ada')]).toEqual([200, 200, 200]);
    expect([await as('ada'), await as('bob'), await as('bob')]).toEqual([429, 200, 429]);
    expect([...limit.limits()].length).toBe(2);
    await limit.reset('bob');
    expect([await as('ada'), await as('bob')]).toEqual([429, 200]);
    await limit.reset();
    expect(await as('ada')).toBe(200);
  });

  it('name a key, or none for a request that has no limit', async () => {
    const limit = guards.rateLimit({
      ...QUOTA,
      key: ({ url }) => (url === '/free' ? null : 'all'),
    });
    const url = await serve(limit(answering));
    for (let count = 0; count < 4; count++) expect((await get(`${url}/free`)).status).toBe(200);
    expect((await get(url)).headers.get('ratelimit')).toMatch('r=1');
  });
});

describe('counting by outcome', () => {
  const outcomes = guards.rateLimit;

  it('gives units back for what does not count', async () => {
    const url = await serve(outcomes({ ...QUOTA, countOn: 'outcome' })(answering));
    for (let count = 0; count < 5; count++) expect((await get(url)).status).toBe(200);
    for (let count = 0; count < 2; count++)
      expect((await get(`${url}/?status=401`)).status).toBe(401);
    expect((await get(url)).status).toBe(429);
  });

  it('asks what counts', async () => {
    const counts = (status: number): boolean => status === 200;
    const url = await serve(outcomes({ ...QUOTA, countOn: 'outcome', counts })(answering));
    for (let count = 0; count < 5; count++) await get(`${url}/?status=500`);
    expect([(await get(url)).status, (await get(url)).status]).toEqual([200, 200]);
    expect((await get(url)).status).toBe(429);
  });

  it('lets nobody exceed the limit with many requests at once', async () => {
    const url = await serve(
      outcomes({ ...QUOTA, countOn: 'outcome' })((_, response) => {
        response.statusCode = 401;
        setTimeout(() => response.end(), 20);
      }),
    );
    const seen = await Promise.all(Array.from({ length: 9 }, () => get(url)));
    expect(seen.filter(({ status }) => status === 401)).toHaveLength(2);
  });

  it('counts nothing for a refusal by another guard', async () => {
    const inner = guards.bulkhead({ concurrency: 1 });
    const permit = inner.bulkheads?.get('').tryAcquire();
    const limit = outcomes({ ...QUOTA, countOn: 'outcome' });
    const url = await serve(limit(inner(answering)));
    for (let count = 0; count < 5; count++) expect((await get(url)).status).toBe(503);
    if (permit?.admitted === true) permit.release();
    expect((await get(url)).status).toBe(200);
  });
});

it.each([
  [{ ...QUOTA, fields: 'some' }, 'fields'],
  [{ ...QUOTA, countOn: 'departure' }, 'countOn'],
  [{ ...QUOTA, counts: () => true }, 'counts'],
  [{ ...QUOTA, cost: 0 }, 'cost'],
  [{ ...QUOTA, cost: 1.5 }, 'cost'],
  [{ ...QUOTA, skip: true }, 'skip'],
  [{ ...QUOTA, key: 'user' }, 'key'],
  [{ ...QUOTA, rate: 1 }, 'quota'],
  [{ ...QUOTA, maxWaitMs: 1 }, 'rateLimit.maxWaitMs'],
  [{ windowMs: 0, quota: () => 1 }, 'windowMs'],
  [{ ...QUOTA, name: 'naïve' }, 'name'],
  [{}, 'rate'],
])('the options %o throw, and name %s', (options, option) => {
  expect(() => guards.rateLimit(options as never)).toThrow(
    expect.objectContaining({ code: 'HF_INVALID_OPTION', option }),
  );
});
