import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { CHANNELS, isRefusal } from '@holdfast/core';
import { breaker, resilientAgent, retry, standard } from '@holdfast/undici';
import { Agent, interceptors, MockAgent, request, type Dispatcher } from 'undici';
import { describe, expect, it } from 'vitest';
import { afterTest, closing, shopOf } from './shop.ts';

// What docs/outbound.md says of undici's own interceptors, of tests and of observing.

const FAST = { baseMs: 1 };

const get = async (url: string, dispatcher: Dispatcher): Promise<string> => {
  const { statusCode, body } = await request(url, { dispatcher: closing(dispatcher) });
  return `${statusCode} ${await body.text()}`;
};

describe('undici’s own interceptors', () => {
  it('stand behind ours', async () => {
    const { url: shop } = await shopOf([200], { 'cache-control': 'max-age=60' });

    const dispatcher = new Agent().compose(
      interceptors.dns(),
      ...standard(),
      interceptors.redirect({ maxRedirections: 3 }),
      interceptors.decompress(),
      interceptors.cache(),
    );

    expect(await get(shop, dispatcher)).toBe('200 GET /');
  });

  it('dns inside leaves the name for a key, dns outside makes it an address', async () => {
    const { url } = await shopOf([200]);
    const named = url.replace('127.0.0.1', 'localhost');
    const names = interceptors.dns({ affinity: 4 });
    const inside = breaker();
    const outside = breaker();
    await get(named, new Agent().compose(names, inside));
    await get(named, new Agent().compose(outside, names));
    expect([...(inside.circuits?.entries() ?? [])].map(([key]) => key)).toEqual([named]);
    expect([...(outside.circuits?.entries() ?? [])].map(([key]) => key)).toEqual([url]);
  });

  it('redirect outside has each hop judged at its own origin', async () => {
    const { url: target } = await shopOf([500]);
    const { url: first } = await shopOf([302], { location: target });
    const hops = breaker();
    await get(first, new Agent().compose(hops, interceptors.redirect({ maxRedirections: 1 })));
    expect(hops.circuits?.get(first).snapshot().counters).toMatchObject({ failures: 0 });
    expect(hops.circuits?.get(target).snapshot().counters).toMatchObject({ failures: 1 });
  });

  it('responseError outside sees the last response alone', async () => {
    const { url: shop, seen } = await shopOf([404]);
    const dispatcher = new Agent().compose(retry({ backoff: FAST }), interceptors.responseError());
    await expect(get(shop, dispatcher)).rejects.toMatchObject({ statusCode: 404 });
    expect(seen).toHaveLength(1);
  });

  it('retry of undici does not repeat a refusal', async () => {
    const { url: shop, seen } = await shopOf([200]);
    const circuits = breaker();
    circuits.circuits?.get(shop).open();
    const dispatcher = new Agent().compose(circuits, interceptors.retry({ minTimeout: 1 }));
    await expect(get(shop, dispatcher)).rejects.toSatisfy(isRefusal);
    expect(seen).toHaveLength(0);
    expect(circuits.circuits?.get(shop).snapshot().counters.refused).toBe(1);
  });
});

it('a test needs no server', async () => {
  const mock = new MockAgent();
  mock.disableNetConnect();
  const shop = mock.get('http://shop.example');
  shop.intercept({ path: '/prices' }).reply(503, 'busy');
  shop.intercept({ path: '/prices' }).reply(200, 'tea: 5');

  const dispatcher = mock.compose(...standard({ retry: { backoff: { baseMs: 1 } } }));
  const { body } = await request('http://shop.example/prices', { dispatcher });

  expect(await body.text()).toBe('tea: 5');
  mock.assertNoPendingInterceptors();
  await mock.close();
});

describe('observing', () => {
  it('the policies of each origin can be looked at', async () => {
    const { url } = await shopOf([200]);
    const lines: string[] = [];

    const agent = resilientAgent({ name: 'shop' });

    await get(url, agent);

    for (const [origin, circuit] of agent.policies.breaker?.entries() ?? [])
      lines.push(`${origin}: ${circuit.explain().summary}`);

    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^http:\/\/127\.0\.0\.1:\d+: .*shop.*closed/i);
  });

  it('the channels tell what happens to all of them', async () => {
    const { url } = await shopOf([503, 200]);
    const log: unknown[] = [];
    const onRetry = (message: unknown): void => void log.push(message);
    afterTest(() => unsubscribe(CHANNELS.retry, onRetry));

    subscribe(CHANNELS.retry, onRetry);

    await get(url, resilientAgent({ name: 'shop', retry: { backoff: { baseMs: 1 } } }));
    expect(log).toEqual([expect.objectContaining({ type: 'retry', name: 'shop', attempt: 1 })]);
  });

  it('strangers beyond maxKeys share policies that refuse nobody', async () => {
    const { url } = await shopOf([500]);

    const agent = resilientAgent({ maxKeys: 1, retry: false });

    agent.policies.breaker?.get('https://open.example').open();
    for (let call = 0; call < 25; call++) expect(await get(url, agent)).toBe('500 GET /');
    expect(agent.policies.breaker?.overflows).toBe(25);
  });
});
