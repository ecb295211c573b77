import {
  circuitBreaker,
  consecutive,
  fallback,
  isRefusal,
  pipeline,
  retry as again,
  timeout,
  timeWindow,
} from '@holdfast/core';
import { retry, wrapFetch } from '@holdfast/undici';
import axios, { isAxiosError } from 'axios';
import ky from 'ky';
import { Agent, request } from 'undici';
import { describe, expect, it } from 'vitest';
import { closing, shopOf } from './shop.ts';

// What docs/migrating.md shows after each move.

describe('from RetryAgent and interceptors.retry', () => {
  it('the same attempts and pauses', async () => {
    const { url: shop, seen } = await shopOf([503, 503, 503, 200]);

    const agent = new Agent().compose(
      retry({
        attempts: 4,
        backoff: { baseMs: 50, maxMs: 1_000 },
        methods: ['GET', 'HEAD'],
        statuses: [429, 502, 503],
      }),
    );

    const { statusCode, body } = await request(shop, { dispatcher: closing(agent) });
    await body.dump();
    expect(statusCode).toBe(200);
    expect(seen).toHaveLength(4);
  });
});

describe('from ky', () => {
  it('ky stays, and its fetch retries', async () => {
    const { url: shop, seen } = await shopOf([503, 200]);

    const api = ky.create({
      fetch: wrapFetch(fetch, {
        retry: { attempts: 3, maxRetryAfterMs: 10_000 },
        timeout: { timeoutMs: 5_000 },
        deadline: { deadlineMs: 20_000 },
      }),
      retry: 0,
      timeout: false,
    });

    expect(await api.get(`${shop}/prices`).text()).toBe('GET /prices');
    expect(seen).toHaveLength(2);
  });
});

describe('from axios-retry', () => {
  it('axios stays, on a fetch that retries', async () => {
    const { url: shop, seen } = await shopOf([503, 200]);

    const api = axios.create({
      baseURL: shop,
      adapter: 'fetch',
      env: { fetch: wrapFetch(fetch, { retry: { attempts: 4 } }) },
    });

    expect((await api.get('/prices')).data).toBe('GET /prices');
    expect(seen).toHaveLength(2);
  });
});

describe('from opossum and axios', () => {
  it('the call stays a call', async () => {
    const { url: shop, seen } = await shopOf([500]);

    const prices = circuitBreaker({
      name: 'prices',
      trip: timeWindow({ spanMs: 10_000, failureRate: 0.5, minCalls: 5 }),
      open: { baseMs: 30_000 },
      isFailure: (error) => !isAxiosError(error) || (error.response?.status ?? 500) >= 500,
    });
    const load = pipeline(
      fallback({ value: 'yesterday’s prices', when: isRefusal }),
      prices,
      timeout({ timeoutMs: 3_000 }),
    ).wrap.withContext(async ({ signal }, path: string) => {
      const { data } = await axios.get<string>(shop + path, { signal });
      return data;
    });

    for (let call = 0; call < 5; call++) await expect(load('/prices')).rejects.toThrow('500');
    expect(await load('/prices')).toBe('yesterday’s prices');
    expect(seen).toHaveLength(5);
    expect(prices.state).toBe('OPEN');
  });
});

describe('from cockatiel', () => {
  it('a wrap becomes a pipeline', async () => {
    const { url: shop, seen } = await shopOf([503, 503, 200]);

    const stock = pipeline(
      again({ attempts: 4, backoff: { baseMs: 10, maxMs: 30_000, jitter: 'decorrelated' } }),
      circuitBreaker({ name: 'stock', trip: consecutive(5), open: { baseMs: 10_000 } }),
      timeout({ timeoutMs: 2_000 }),
    );

    const answer = await stock.execute(async ({ signal }) => {
      const response = await fetch(shop, { signal });
      if (!response.ok) throw new Error(`stock answered ${response.status}`);
      return response.text();
    });

    expect(answer).toBe('GET /');
    expect(seen).toHaveLength(3);
  });
});
