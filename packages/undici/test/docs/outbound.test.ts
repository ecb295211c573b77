import { createReadStream } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { circuitBreaker, isRefusal } from '@holdfast/core';
import { idempotencyKey, withDeadline } from '@holdfast/core/http';
import {
  breaker,
  resilientAgent,
  retry,
  standard,
  timeout,
  wrapFetch,
  wrapRequest,
  type ResilientAgentOptions,
} from '@holdfast/undici';
import { Agent, getGlobalDispatcher, request, setGlobalDispatcher } from 'undici';
import { describe, expect, it } from 'vitest';
import { afterTest, closing, shopOf } from './shop.ts';

// The code of docs/outbound.md, against a shop that fails as the tests say.

const FAST = { baseMs: 1 };

/** The global dispatcher is that of all tests of this process. */
const asBefore = (): void => {
  const before = getGlobalDispatcher();
  afterTest(() => {
    void getGlobalDispatcher().destroy();
    setGlobalDispatcher(before);
  });
};

const agentOf = (options: ResilientAgentOptions) =>
  closing(resilientAgent({ retry: { backoff: FAST }, ...options }));

describe('the beginning', () => {
  it('one line is enough for the global fetch', async () => {
    asBefore();
    const { url: shop, seen } = await shopOf([503, 200]);

    setGlobalDispatcher(resilientAgent());

    const response = await fetch(`${shop}/prices`);

    expect(response.status).toBe(200);
    expect(seen).toHaveLength(2);
  });

  it('or the interceptors of standard on a dispatcher of one’s own', async () => {
    const { url: shop, seen } = await shopOf([503, 200]);

    const dispatcher = new Agent({ connections: 50 }).compose(
      ...standard({
        name: 'shop',
        deadline: { deadlineMs: 2_000 },
        timeout: { timeoutMs: 500 },
        bulkhead: { concurrency: 100, queue: 20, maxWaitMs: 200 },
      }),
    );

    const { statusCode, body } = await request(`${shop}/prices`, { dispatcher });

    await body.dump();
    expect(statusCode).toBe(200);
    expect(seen).toHaveLength(2);
    await closing(dispatcher).close();
  });

  it('or some of them', async () => {
    const { url: shop, seen } = await shopOf([503, 200]);

    const stock = circuitBreaker({ name: 'stock' });
    const dispatcher = new Agent().compose(
      timeout({ timeoutMs: 500 }),
      breaker(stock),
      retry({ attempts: 2 }),
    );

    await (await request(shop, { dispatcher: closing(dispatcher) })).body.dump();
    expect(seen).toHaveLength(2);
    expect(stock.snapshot().counters).toMatchObject({ failures: 1, successes: 1 });
  });
});

describe('keys', () => {
  it('name what has policies of its own, or leave a request alone', async () => {
    const { url: shop } = await shopOf([200]);
    const agent = agentOf({
      key: ({ origin, path }) => (path === '/health' ? null : `${String(origin)} ${path}`),
    });
    for (const path of ['/prices', '/stock', '/health'])
      await (await request(shop + path, { dispatcher: agent })).body.dump();
    const keys = [...(agent.policies.breaker?.entries() ?? [])].map(([key]) => key);
    expect(keys).toEqual([`${shop} /prices`, `${shop} /stock`]);
  });
});

describe('deadlines', () => {
  it('bound all that a request of ours asks of others, and tell them', async () => {
    asBefore();
    const { url: shop, seen } = await shopOf([200]);
    const render = (...parts: string[]): string => parts.join(' and ');

    setGlobalDispatcher(
      resilientAgent({ deadline: { deadlineMs: 30_000, header: 'x-request-timeout-ms' } }),
    );

    const page = await withDeadline(800, async () => {
      const prices = await fetch(`${shop}/prices`);
      const stock = await fetch(`${shop}/stock`);
      return render(await prices.text(), await stock.text());
    });

    expect(page).toBe('GET /prices and GET /stock');
    const told = seen.map(({ headers }) => Number(headers['x-request-timeout-ms']));
    expect(Math.min(...told)).toBeGreaterThan(0);
    expect(Math.max(...told)).toBeLessThanOrEqual(800);
  });

  it('end with the headers where bodies may take their time', async () => {
    const { url: shop } = await shopOf([200]);
    const agent = agentOf({
      deadline: { deadlineMs: 5_000, until: 'headers' },
    });
    await (await request(shop, { dispatcher: agent })).body.dump();
    expect(agent.policies.deadline?.snapshot()).toMatchObject({ timeouts: 0 });
  });
});

describe('what may be sent twice', () => {
  it('is what carries a key', async () => {
    const { url: shop, seen } = await shopOf([503, 201]);
    const dispatcher = agentOf({});
    const order = JSON.stringify({ item: 'tea' });

    const { statusCode } = await request(`${shop}/orders`, {
      dispatcher,
      method: 'POST',
      headers: { 'idempotency-key': idempotencyKey() },
      body: order,
    });

    expect(statusCode).toBe(201);
    const keys = seen.map(({ headers }) => headers['idempotency-key']);
    expect(keys).toHaveLength(2);
    expect(new Set(keys).size).toBe(1);
  });

  it('is what goes to an origin that honours keys, under a key of ours', async () => {
    const { url: shop, seen } = await shopOf([503, 201]);
    const agent = agentOf({
      retry: { idempotentOrigins: [shop], backoff: FAST },
    });
    await (await request(shop, { dispatcher: agent, method: 'POST' })).body.dump();
    expect(seen[0]?.headers['idempotency-key']).toMatch(/^"[-0-9a-f]{36}"$/);
    expect(seen[1]?.headers['idempotency-key']).toBe(seen[0]?.headers['idempotency-key']);
  });

  it('is what its caller says may be', async () => {
    const { url: shop, seen } = await shopOf([503, 200]);
    const dispatcher = agentOf({});
    await request(`${shop}/search`, { dispatcher, method: 'POST', idempotent: true });
    expect(seen).toHaveLength(2);
  });
});

describe('a call that is wrapped', () => {
  it('makes its body anew for each attempt', async () => {
    const { url: shop, seen } = await shopOf([503, 200]);
    const path = fileURLToPath(import.meta.url);

    const send = wrapRequest(request);
    const { statusCode } = await send(`${shop}/photos/1`, {
      method: 'PUT',
      body: () => createReadStream(path),
    });

    expect(statusCode).toBe(200);
    expect(seen.map(({ length }) => length > 1_000)).toEqual([true, true]);
    expect(seen[1]?.length).toBe(seen[0]?.length);
  });

  it('has policies for each origin, as the dispatcher has', async () => {
    const { url: shop, seen } = await shopOf([503, 200]);

    const call = wrapFetch(fetch, { name: 'shop', deadline: { deadlineMs: 2_000 } });
    const response = await call(`${shop}/photos/1`, { method: 'PUT', body: 'a photo' });
    const { breaker: circuit } = call.policies.get(shop).policies;

    expect(response.status).toBe(200);
    expect(seen).toHaveLength(2);
    expect(circuit?.snapshot().counters).toMatchObject({ failures: 1, successes: 1 });
  });
});

describe('refusals', () => {
  it('stand in the cause under fetch', async () => {
    asBefore();
    const { url: shop, seen } = await shopOf([200]);
    const agent = resilientAgent();
    setGlobalDispatcher(agent);
    agent.policies.breaker?.get(shop).open();
    const answers: string[] = [];

    try {
      await fetch(`${shop}/prices`);
    } catch (error) {
      const said = error instanceof TypeError ? error.cause : error;
      if (!isRefusal(said)) throw error;
      answers.push(`503, Retry-After: ${Math.ceil((said.retryAfterMs ?? 1_000) / 1_000)}`);
    }

    expect(answers).toEqual([expect.stringMatching(/^503, Retry-After: [4-6]$/)]);
    expect(seen).toHaveLength(0);
  });

  it('are the error itself under request and where a call was wrapped', async () => {
    const { url: shop } = await shopOf([200]);
    const agent = agentOf({});
    agent.policies.breaker?.get(shop).open();
    await expect(request(shop, { dispatcher: agent })).rejects.toSatisfy(isRefusal);
    const call = wrapFetch(fetch);
    call.policies.get(shop).policies.breaker?.open();
    await expect(call(shop)).rejects.toSatisfy(isRefusal);
  });
});
