import { isRefusal } from '@holdfast/core';
import { fetch, getGlobalDispatcher, MockAgent, request, setGlobalDispatcher } from 'undici';
import { describe, expect, it } from 'vitest';
import { resilientAgent, standard } from '../src/index.ts';
import { afterTest, origin } from './origin.ts';

const agentOf = (options: Parameters<typeof resilientAgent>[0]) => {
  const agent = resilientAgent(options);
  afterTest(() => agent.destroy());
  return agent;
};

describe('standard', () => {
  it('has five interceptors by default, each policy by name', () => {
    const set = standard({ name: 'payments' });
    expect(set).toHaveLength(5);
    const { deadline, retry, breaker, rateLimit, bulkhead, timeout } = set.policies;
    expect(rateLimit).toBeUndefined();
    const names = [deadline, retry, breaker, bulkhead, timeout].map((policy) => policy?.name);
    expect(new Set(names)).toEqual(new Set(['payments']));
    expect(deadline?.snapshot()).toMatchObject({ deadlineMs: 30_000 });
    expect(timeout?.snapshot()).toMatchObject({ timeoutMs: 10_000 });
    expect(bulkhead?.get('any').snapshot()).toMatchObject({ concurrency: 1_000, queue: 0 });
  });

  it('has the default deadline also where only its header was named', () => {
    const { deadline } = standard({ deadline: { header: 'grpc-timeout' } }).policies;
    expect(deadline?.snapshot()).toMatchObject({ deadlineMs: 30_000 });
  });

  it('leaves out what is false', () => {
    const none = {
      deadline: false,
      retry: false,
      breaker: false,
      bulkhead: false,
      timeout: false,
    } as const;
    expect(standard(none)).toHaveLength(0);
    expect(standard({ ...none, rateLimit: { rate: 5 } })).toHaveLength(1);
  });

  it('keeps the default timeout within a shorter deadline', () => {
    expect(standard({ deadline: { deadlineMs: 700 } }).policies.timeout?.snapshot()).toMatchObject({
      timeoutMs: 700,
    });
  });

  it.each([
    [{ timeout: { timeoutMs: 31_000 } }, 'timeout.timeoutMs'],
    [{ deadline: { deadlineMs: 5 }, timeout: { timeoutMs: 6 } }, 'deadline.deadlineMs'],
    [{ breaker: { halfOpen: { leaseMs: 9_999 } } }, 'leaseMs'],
    [{ breaker: true }, 'breaker'],
    [{ retry: null }, 'retry'],
    [{ bulkhead: {} }, 'concurrency'],
    [{ cache: true }, 'cache'],
    [{ retry: { name: 'mine' } }, 'retry.name'],
    [{ deadline: null }, 'deadline'],
    [{ timeout: null }, 'timeout'],
    [{ breaker: [] }, 'breaker'],
    [{ breaker: { halfOpen: 5 } }, 'halfOpen'],
    [{ deadline: { deadlineMs: Number.NaN } }, 'deadlineMs'],
    [{ breaker: { key: () => null } }, 'breaker.key'],
    [{ name: '' }, 'name'],
    [null, 'standard'],
  ])('names the wrong option of %o', (options, name) => {
    expect(() => standard(options as never)).toThrow(name);
  });

  it('tries again where a slot is all there is, though the answer before was not read yet', async () => {
    let calls = 0;
    const url = await origin((_, response) => {
      if (++calls > 1) response.end('fine');
      else response.writeHead(503).write('slow'); // and never ends
    });
    const agent = agentOf({ bulkhead: { concurrency: 1 }, agent: { connections: 1 } });
    const { statusCode, body } = await request(url, { dispatcher: agent });
    expect([statusCode, await body.text()]).toEqual([200, 'fine']);
    expect(agent.policies.bulkhead?.get(url).snapshot()).toMatchObject({ inFlight: 0, refused: 0 });
  });

  it('tries again inside the deadline, through the circuit, and refuses once that is open', async () => {
    let sick = true;
    let calls = 0;
    const url = await origin((_, response) => {
      calls++;
      response.writeHead(sick ? 503 : 200).end('body');
    });
    const agent = agentOf({
      retry: { backoff: { baseMs: 0 } },
      breaker: { open: { baseMs: 20, jitter: 0 }, halfOpen: { probes: 1 } },
    });
    const statuses: unknown[] = [];
    for (let call = 0; call < 10; call++) {
      const answer = request(url, { dispatcher: agent });
      statuses.push(
        await answer.then(
          async ({ statusCode, body }) => (await body.dump(), statusCode),
          (error: unknown) => isRefusal(error) && error.code,
        ),
      );
    }
    expect(statuses[0]).toBe(503);
    expect(statuses.at(-1)).toBe('HF_CIRCUIT_OPEN');
    expect(calls).toBeLessThanOrEqual(30);
    const circuit = agent.policies.breaker?.get(url);
    expect(circuit?.state).toBe('OPEN');
    sick = false;
    await new Promise((resolve) => {
      setTimeout(resolve, 30);
    });
    expect((await fetch(url, { dispatcher: agent })).status).toBe(200);
    expect(circuit?.state).toBe('CLOSED');
  });
});

describe('round other dispatchers', () => {
  it('serves undici’s fetch through the global dispatcher', async () => {
    const url = await origin((_, response) => response.end('global'));
    const before = getGlobalDispatcher();
    afterTest(() => setGlobalDispatcher(before));
    const agent = agentOf({});
    setGlobalDispatcher(agent);
    expect(await (await fetch(url)).text()).toBe('global');
    expect(await (await globalThis.fetch(url)).text()).toBe('global');
    expect(agent.policies.breaker?.get(url).snapshot().counters.successes).toBe(2);
  });

  it('serves a MockAgent', async () => {
    const mock = new MockAgent();
    mock.disableNetConnect();
    afterTest(() => mock.close());
    const pool = mock.get('http://mock.example');
    pool.intercept({ path: '/' }).reply(503, 'busy');
    pool.intercept({ path: '/' }).reply(200, 'fine');
    const dispatcher = mock.compose(...standard({ retry: { backoff: { baseMs: 0 } } }));
    const { statusCode, body } = await request('http://mock.example/', { dispatcher });
    expect([statusCode, await body.text()]).toEqual([200, 'fine']);
  });
});
