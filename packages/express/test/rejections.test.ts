import { HoldfastError } from '@holdfast/core';
import { expect, it } from 'vitest';
import { rejections } from '../src/index.ts';
import { get, serve } from './app.ts';

const refusal = new HoldfastError({
  code: 'HF_CIRCUIT_OPEN',
  policy: 'payments',
  retryAfterMs: 1_001,
  cause: new Error('secret upstream message'),
});

const throwing = (error: unknown): Promise<string> =>
  serve((app) => {
    app.get('/', async () => {
      throw error;
    });
    app.use(rejections());
  });

it('answers a rejection that a handler threw, without its cause', async () => {
  const { status, headers, text } = await get(await throwing(refusal));
  expect(status).toBe(503);
  expect(headers['retry-after']).toMatch(/^[23]$/);
  expect(text).toContain('Temporary Reduced Capacity');
  expect(text).not.toMatch(/secret|payments/);
});

it('finds the rejection that fetch wrapped', async () => {
  const wrapped = new TypeError('fetch failed', { cause: refusal });
  expect((await get(await throwing(wrapped))).status).toBe(503);
});

it('passes other errors on', async () => {
  const { status } = await get(await throwing(Object.assign(new Error('teapot'), { status: 418 })));
  expect(status).toBe(418);
});

it('leaves a response that has begun to the final handler', async () => {
  const url = await serve((app) => {
    app.get('/', (_, response) => {
      response.write('begun');
      throw refusal;
    });
    app.use(rejections());
  });
  await expect(get(url)).rejects.toMatchObject({ code: 'ECONNRESET' });
});
