import { bulkhead, circuitBreaker } from '../../../src/index.ts';
import { remainingDeadlineMs, health } from '../../../src/http/index.ts';
import { exchangeOf } from '../../../src/http/inbound/index.ts';
import { expect, it, vi } from 'vitest';
import { answering, get, guards, serve } from './plain.ts';

const draining = (phase: string) => ({
  name: 'drain',
  phase,
  signal: new AbortController().signal,
});

it('meets its parts in the order that it promises', async () => {
  const order: string[] = [];
  const heard = (part: string) => () => {
    order.push(part);
    return part === 'deadline';
  };
  const guard = guards.guard({
    breaker: { key: () => (order.push('breaker'), 'x') },
    timeout: { timeoutMs: 1_000 },
    bulkhead: { concurrency: 1, key: () => (order.push('bulkhead'), 'x') },
    rateLimit: { rate: 100, key: () => (order.push('rateLimit'), 'x') },
    deadline: { trust: heard('deadline') },
    drain: draining('serving'),
  });
  const url = await serve(
    guard((request, response) => {
      order.push('handler');
      answering(request, response);
    }),
  );
  await get(url);
  expect(order).toEqual(['deadline', 'rateLimit', 'bulkhead', 'breaker', 'handler']);
});

it('answers to probes while everything else is refused', async () => {
  const guard = guards.guard({ health: {}, bulkhead: { concurrency: 1 } });
  guard.policies.bulkhead?.get('').tryAcquire();
  const url = await serve(guard(answering));
  expect((await get(url)).status).toBe(503);
  for (const path of ['/livez', '/readyz', '/startupz?verbose'])
    expect(await get(url + path)).toMatchObject({ status: 200, text: '{"status":"pass"}' });
});

it('gives HEAD the fields of a probe without its body', async () => {
  const url = await serve(guards.health()(answering));
  const { status, headers, text } = await get(`${url}/readyz`, { method: 'HEAD' });
  expect([status, headers.get('content-length'), text]).toEqual([200, '17', '']);
});

it('serves until connections should have ended, then refuses and ends them', async () => {
  const phase = vi.fn(() => 'lingering');
  const drain = {
    name: 'drain',
    get phase() {
      return phase();
    },
    signal: new AbortController().signal,
  };
  const url = await serve(guards.guard({ drain })(answering));
  expect((await get(url)).status).toBe(200);
  phase.mockReturnValue('closing');
  const { status, headers } = await get(url);
  expect([status, headers.get('connection')]).toEqual([503, 'close']);
});

it('has health follow the drain, and liveness not', async () => {
  const controller = new AbortController();
  const drain = { ...draining('lingering'), signal: controller.signal };
  const url = await serve(guards.guard({ health: {}, drain })(answering));
  expect((await get(`${url}/readyz`)).status).toBe(200);
  controller.abort();
  expect((await get(`${url}/readyz`)).status).toBe(503);
  expect((await get(`${url}/livez`)).status).toBe(200);
});

it('takes policies that were made elsewhere, and answers for them', async () => {
  const circuit = circuitBreaker({ name: 'orders' });
  const slots = bulkhead({ concurrency: 5 });
  const probes = health();
  const guard = guards.guard({
    breaker: circuit,
    bulkhead: slots,
    health: probes,
    onReject: ({ status }) => ({ status: status + 1, body: 'ours' }),
  });
  expect(guard.policies).toMatchObject({ breaker: undefined, bulkhead: undefined, health: probes });
  const url = await serve(guard(answering));
  await get(url);
  await vi.waitFor(() => expect(circuit.snapshot().counters.successes).toBe(1));
  expect(slots.snapshot()).toMatchObject({ admitted: 1, inFlight: 0 });
  circuit.open();
  expect(await get(url)).toMatchObject({ status: 504, text: 'ours' });
});

it('names every policy alike', () => {
  const { policies } = guards.guard({
    name: 'api',
    deadline: {},
    rateLimit: { rate: 1 },
    bulkhead: { concurrency: 1 },
    timeout: { timeoutMs: 1 },
    breaker: {},
  });
  const [limit] = policies.rateLimit?.limits() ?? [];
  const { deadline, timeout, bulkhead: slots, breaker } = policies;
  const names = [deadline, timeout, slots, breaker, limit].map((policy) => policy?.name);
  expect(names).toEqual(Array.from({ length: 5 }, () => 'api'));
});

it('bounds what the handler calls by the deadline, unless told not to', async () => {
  const seen: number[] = [];
  const look = guards.deadline({ deadlineMs: 5_000 })((request, response) => {
    seen.push(remainingDeadlineMs(), exchangeOf(request, response).remainingMs());
    answering(request, response);
  });
  const url = await serve(look);
  await get(url);
  expect(seen.every((ms) => ms > 0 && ms <= 5_000)).toBe(true);
  const alone = guards.deadline({ propagate: false })((request, response) => {
    seen.push(remainingDeadlineMs());
    answering(request, response);
  });
  await get(await serve(alone));
  expect(seen.at(-1)).toBe(Infinity);
});

it.each([
  [{}, 'guard'],
  [{ retry: {} }, 'guard.retry'],
  [{ bulkhead: null }, 'bulkhead'],
  [{ drain: { lingerMs: 5 } }, 'drain'],
  [{ timeout: 5 }, 'timeout'],
  [{ timeout: { timeoutMs: 1, name: 'x' } }, 'timeout.name'],
  [{ breaker: { onReject: () => undefined } }, 'breaker.onReject'],
  [{ health: { clock: {} } }, 'health.clock'],
  [{ bulkhead: { concurrency: 0 } }, 'concurrency'],
  [{ timeout: { timeoutMs: 1, status: 500 } }, 'status'],
  [{ timeout: { timeoutMs: 1, onStreaming: 'wait' } }, 'onStreaming'],
  [{ deadline: { trust: 'loopback' } }, 'trust'],
  [{ deadline: { headers: ['x-deadline'] } }, 'headers'],
  [{ deadline: { headers: 'grpc-timeout' } }, 'headers'],
  [{ deadline: { reserveMs: -1 } }, 'reserveMs'],
  [{ breaker: { failureStatus: 500 } }, 'failureStatus'],
  [{ breaker: { maxKeys: 0 } }, 'maxKeys'],
  [{ bulkhead: { concurrency: 1, maxKeys: Number.NaN } }, 'maxKeys'],
  [{ health: { drain: {} } }, 'health.drain'],
  [{ drain: { phase: 1, signal: null } }, 'drain'],
  [{ rateLimit: { quota: 5, windowMs: 1_000, cost: 6 } }, 'cost'],
  [{ bulkhead: { concurrency: 1, priority: 1 } }, 'priority'],
  [{ timeout: { timeoutMs: 1 }, onReject: 'no' }, 'onReject'],
])('the options %o throw, and name %s', (options, option) => {
  expect(() => guards.guard(options as never)).toThrow(
    expect.objectContaining({ code: 'HF_INVALID_OPTION', option }),
  );
});
