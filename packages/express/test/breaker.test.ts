import { HoldfastError } from '@holdfast/core';
import { expect, it, vi } from 'vitest';
import { breaker, rejections, timeout } from '../src/index.ts';
import { circuitOf, gate, get, serve, verdicts } from './app.ts';

const NOTHING = { successes: 0, failures: 0, ignored: 0, inFlight: 0 };

it.each([
  [200, 'successes'],
  [404, 'successes'],
  [429, 'successes'],
  [500, 'failures'],
  [503, 'failures'],
] as const)('counts a handler that answers %i among the %s', async (status, verdict) => {
  const circuit = circuitOf();
  const url = await serve((app) =>
    app.get('/', breaker(circuit), (_, response) => void response.sendStatus(status)),
  );
  expect((await get(url)).status).toBe(status);
  await vi.waitFor(() => expect(verdicts(circuit)).toEqual({ ...NOTHING, [verdict]: 1 }));
});

it('refuses with 503, Retry-After in whole seconds and a problem that tells no internals', async () => {
  const circuit = circuitOf();
  circuit.open();
  const handler = vi.fn();
  const url = await serve((app) => app.get('/', breaker(circuit), handler));
  const { status, headers, text } = await get(url);
  expect(handler).not.toHaveBeenCalled();
  expect(status).toBe(503);
  expect(headers).toMatchObject({
    'retry-after': expect.stringMatching(/^[56]$/),
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
  });
  expect(JSON.parse(text)).toEqual({
    type: 'https://iana.org/assignments/http-problem-types#temporary-reduced-capacity',
    title: 'Temporary Reduced Capacity',
    status: 503,
    detail: 'The request was turned away before any work was done.',
    retryAfterMs: expect.any(Number),
  });
});

it('keeps the connection after a refusal, and sends no body for HEAD', async () => {
  const circuit = circuitOf();
  circuit.open();
  const url = await serve((app) => app.get('/', breaker(circuit)));
  const { status, headers, text } = await get(url, { method: 'HEAD' });
  expect([status, text]).toEqual([503, '']);
  expect(headers.connection).toBe('keep-alive');
});

it('counts an error of the handler as a failure and opens', async () => {
  const circuit = circuitOf();
  const url = await serve((app) =>
    app.get('/', breaker(circuit), () => {
      throw new Error('bug');
    }),
  );
  expect((await get(url)).status).toBe(500);
  expect((await get(url)).status).toBe(500);
  await vi.waitFor(() => expect(circuit.state).toBe('OPEN'));
  expect((await get(url)).status).toBe(503);
});

it('counts a response that breaks off after its headers as a failure', async () => {
  const circuit = circuitOf();
  const url = await serve((app) =>
    app.get('/', breaker(circuit), (_, response) => {
      response.write('begun');
      throw new Error('bug'); // the final handler destroys the socket
    }),
  );
  await expect(get(url)).rejects.toMatchObject({ code: 'ECONNRESET' });
  await vi.waitFor(() => expect(verdicts(circuit)).toEqual({ ...NOTHING, failures: 1 }));
});

it('counts a response destroyed with an error as a failure', async () => {
  const circuit = circuitOf();
  const url = await serve((app) =>
    app.get('/', breaker(circuit), (_, response) => {
      response.write('begun', () => response.destroy(new Error('source broke')));
    }),
  );
  await expect(get(url)).rejects.toMatchObject({ code: 'ECONNRESET' });
  await vi.waitFor(() => expect(verdicts(circuit)).toEqual({ ...NOTHING, failures: 1 }));
});

it('counts nothing for a client that leaves before the end', async () => {
  const circuit = circuitOf();
  const arrived = gate();
  const url = await serve((app) => app.get('/', breaker(circuit), () => arrived.open()));
  const controller = new AbortController();
  const answer = get(url, { signal: controller.signal });
  await arrived.opened;
  expect(circuit.snapshot().inFlight).toBe(1);
  controller.abort();
  await expect(answer).rejects.toMatchObject({ name: 'AbortError' });
  await vi.waitFor(() => expect(verdicts(circuit)).toEqual({ ...NOTHING, ignored: 1 }));
});

it('takes no permit for a client that left before the middleware ran', async () => {
  const circuit = circuitOf();
  const arrived = gate();
  const left = gate();
  const handled = gate();
  const url = await serve((app) =>
    app.get(
      '/',
      async (_, response, next) => {
        response.once('close', left.open);
        arrived.open();
        await left.opened;
        next();
      },
      breaker(circuit),
      timeout({ timeoutMs: 60_000 }),
      () => handled.open(),
    ),
  );
  const controller = new AbortController();
  const answer = get(url, { signal: controller.signal });
  await arrived.opened;
  controller.abort();
  await expect(answer).rejects.toMatchObject({ name: 'AbortError' });
  await handled.opened;
  expect(circuit.snapshot().counters.admitted).toBe(0);
});

it('counts nothing when another circuit refused what the handler called', async () => {
  const circuit = circuitOf();
  const url = await serve((app) => {
    app.get('/', breaker(circuit), () => {
      throw new HoldfastError({ code: 'HF_CIRCUIT_OPEN', policy: 'payments', retryAfterMs: 100 });
    });
    app.use(rejections());
  });
  expect((await get(url)).status).toBe(503);
  await vi.waitFor(() => expect(verdicts(circuit)).toEqual({ ...NOTHING, ignored: 1 }));
});

it('counts a timeout as a failure', async () => {
  const circuit = circuitOf();
  const url = await serve((app) =>
    app.get('/', breaker(circuit), timeout({ timeoutMs: 20 }), () => undefined),
  );
  expect((await get(url)).status).toBe(503);
  await vi.waitFor(() => expect(verdicts(circuit)).toEqual({ ...NOTHING, failures: 1 }));
});
