import { createConnection } from 'node:net';
import { circuitBreaker, isRejection, type BreakerCounters } from '../../../src/index.ts';
import { exchangeOf } from '../../../src/http/inbound/index.ts';
import { expect, it, vi } from 'vitest';
import { answering, get, guards, serve, type Handler } from './plain.ts';

const counted = ({ successes, failures, ignored }: BreakerCounters) => ({
  successes,
  failures,
  ignored,
});
const NOTHING = { successes: 0, failures: 0, ignored: 0 };

/** Serves a handler behind a circuit and a bulkhead, and tells what they saw once all is over. */
const guarded = async (handler: Handler) => {
  const circuit = circuitBreaker({ name: 'x' });
  const slots = guards.bulkhead({ concurrency: 10 });
  const url = await serve(slots(guards.breaker(circuit)(handler)));
  const verdicts = async () => {
    await vi.waitFor(() => {
      expect(slots.bulkheads?.get('').snapshot()).toMatchObject({ inFlight: 0 });
      expect(circuit.inFlight).toBe(0);
    });
    return counted(circuit.snapshot().counters);
  };
  return { url, verdicts };
};

it.each([
  [200, 'successes'],
  [404, 'successes'],
  [499, 'successes'],
  [500, 'failures'],
  [503, 'failures'],
] as const)('a complete answer of %i is among the %s', async (status, verdict) => {
  const { url, verdicts } = await guarded(answering);
  await get(`${url}/?status=${status}`);
  expect(await verdicts()).toEqual({ ...NOTHING, [verdict]: 1 });
});

it('a client who leaves says nothing, and its signal aborts', async () => {
  const aborted = vi.fn();
  const { url, verdicts } = await guarded((request, response) => {
    exchangeOf(request, response).signal.addEventListener('abort', aborted);
    response.write('begun');
  });
  const controller = new AbortController();
  await fetch(url, { signal: controller.signal });
  controller.abort();
  expect(await verdicts()).toEqual({ ...NOTHING, ignored: 1 });
  expect(aborted).toHaveBeenCalledOnce();
});

it('a connection that its client resets says nothing', async () => {
  const { url, verdicts } = await guarded((_, response) => {
    response.write('begun');
  });
  const socket = createConnection(Number(new URL(url).port), '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await new Promise((resolve) => {
    socket.once('data', resolve);
  });
  socket.resetAndDestroy();
  expect(await verdicts()).toEqual({ ...NOTHING, ignored: 1 });
});

it.each([
  ['without an error', undefined],
  ['with one', new Error('broke')],
])('a response that is destroyed %s is a failure', async (_, error) => {
  const { url, verdicts } = await guarded((_request, response) => {
    response.write('begun', () => response.destroy(error));
  });
  await expect(get(url)).rejects.toThrow('terminated');
  expect(await verdicts()).toEqual({ ...NOTHING, failures: 1 });
});

it('requests whose client left while they wait behind another give everything back', async () => {
  const arrived = vi.fn();
  const { url, verdicts } = await guarded(arrived);
  const socket = createConnection(Number(new URL(url).port), '127.0.0.1');
  socket.write('GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\n');
  await vi.waitFor(() => expect(arrived).toHaveBeenCalledTimes(2));
  socket.destroy();
  expect(await verdicts()).toEqual({ ...NOTHING, ignored: 2 });
});

it('a request that ran into its time is answered once, and is a failure', async () => {
  const late = vi.fn();
  const time = guards.timeout({ timeoutMs: 20 });
  const handler: Handler = (request, response) => {
    const { signal } = exchangeOf(request, response);
    signal.addEventListener('abort', () => {
      late(isRejection(signal.reason) && signal.reason.code);
      response.setHeader('x-late', '1');
      response.writeHead(200).end('late', () => late('written'));
    });
  };
  const { url, verdicts } = await guarded(time(handler));
  const { status, headers } = await get(url);
  expect([status, headers.has('x-late')]).toEqual([503, false]);
  expect(await verdicts()).toEqual({ ...NOTHING, failures: 1 });
  await vi.waitFor(() => expect(late.mock.calls).toEqual([['HF_TIMEOUT'], ['written']]));
});

it('a response that had begun in time is left alone, and no timeout is counted', async () => {
  const time = guards.timeout({ timeoutMs: 20 });
  const url = await serve(
    time((_, response) => {
      response.write('be');
      setTimeout(() => response.end('gun'), 60);
    }),
  );
  expect((await get(url)).text).toBe('begun');
  expect(time.limit.snapshot()).toMatchObject({ timeouts: 0 });
});

it('a response that had begun in time is broken off where that was asked for', async () => {
  const time = guards.timeout({ timeoutMs: 20, onStreaming: 'destroy' });
  const { url, verdicts } = await guarded(time((_, response) => void response.write('begun')));
  await expect(get(url)).rejects.toThrow('terminated');
  expect(await verdicts()).toEqual({ ...NOTHING, failures: 1 });
});

it('a deadline of the caller is held, and says nothing where it was short', async () => {
  const bound = guards.deadline({ trust: true, reserveMs: 0 });
  const circuit = circuitBreaker({ name: 'x' });
  const url = await serve(bound(guards.breaker(circuit)(() => undefined)));
  const seen = await get(url, { headers: { 'x-request-timeout-ms': '20' } });
  expect(seen.status).toBe(504);
  await vi.waitFor(() => expect(circuit.inFlight).toBe(0));
  expect(counted(circuit.snapshot().counters)).toEqual({ ...NOTHING, ignored: 1 });
});

it('a caller that nobody trusts sets no deadline', async () => {
  const url = await serve(guards.deadline({})(answering));
  const headers = { 'x-request-timeout-ms': '1', 'grpc-timeout': '1n' };
  expect((await get(url, { headers })).status).toBe(200);
});

it('a caller that has no time left is not served', async () => {
  const handler = vi.fn(answering);
  const url = await serve(guards.deadline({ trust: true })(handler));
  expect((await get(url, { headers: { 'grpc-timeout': '10m' } })).status).toBe(504);
  expect(handler).not.toHaveBeenCalled();
});

it('a client who leaves the queue is not served, and takes no slot', async () => {
  const handler = vi.fn(answering);
  const slots = guards.bulkhead({ concurrency: 1, queue: 1, maxWaitMs: 60_000 });
  const limit = slots.bulkheads?.get('');
  const held = limit?.tryAcquire();
  const url = await serve(slots(handler));
  const controller = new AbortController();
  const answer = get(url, { signal: controller.signal });
  await vi.waitFor(() => expect(limit?.snapshot().waiting).toBe(1));
  controller.abort();
  await expect(answer).rejects.toThrow('aborted');
  await vi.waitFor(() => expect(limit?.snapshot().waiting).toBe(0));
  if (held?.admitted === true) held.release();
  expect((await get(url)).status).toBe(200);
  expect(handler).toHaveBeenCalledOnce();
});

it('of several limits of time the nearest is told, wherever it stands', async () => {
  const left: number[] = [];
  const near = guards.timeout({ timeoutMs: 1_000 });
  const far = guards.timeout({ timeoutMs: 9_000 });
  const look: Handler = (request, response) => {
    left.push(exchangeOf(request, response).remainingMs());
    answering(request, response);
  };
  await get(await serve(near(far(look))));
  await get(await serve(far(near(look))));
  expect(left.every((ms) => ms > 0 && ms <= 1_000)).toBe(true);
});
