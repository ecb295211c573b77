import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http';
import { Readable } from 'node:stream';
import { AsyncLocalStorage } from 'node:async_hooks';
import { circuitBreaker, consecutive, isRefusal } from '@holdfast/core';
import { Agent, fetch, interceptors, request, type Dispatcher } from 'undici';
import { describe, expect, it, vi } from 'vitest';
import { breaker, deadline, retry, timeout, type RetryOptions } from '../src/index.ts';
import { afterTest, circuitOf, listen, origin, verdicts } from './origin.ts';

const AT_ONCE = { baseMs: 0 };

const retrying = (options: RetryOptions = {}): Dispatcher => {
  const agent = new Agent();
  afterTest(() => agent.destroy());
  return agent.compose(retry({ backoff: AT_ONCE, ...options }));
};

interface Origin {
  readonly url: string;
  readonly requests: IncomingMessage[];
}

/** Answers with each listener in turn, the last one for all others. */
const inTurn = async (...answers: RequestListener[]): Promise<Origin> => {
  const requests: IncomingMessage[] = [];
  const url = await origin((message, response) => {
    const answer = answers[Math.min(requests.length, answers.length - 1)];
    requests.push(message);
    answer?.(message, response);
  });
  return { url, requests };
};

const busy = (_: unknown, response: ServerResponse): unknown => response.writeHead(503).end('busy');
const reset = (message: IncomingMessage): unknown => message.socket.resetAndDestroy();
const fine = (message: IncomingMessage, response: ServerResponse): unknown =>
  message.pipe(response.writeHead(200, { 'x-answer': 'fine' }));

describe('what is tried again', () => {
  it.each([408, 425, 429, 500, 502, 503, 504])(
    'a GET that was answered with %i',
    async (status) => {
      const { url, requests } = await inTurn(
        (_, response) => response.writeHead(status).end(),
        fine,
      );
      const response = await request(url, { dispatcher: retrying() });
      expect(response.statusCode).toBe(200);
      await response.body.dump();
      expect(requests).toHaveLength(2);
    },
  );

  it('a GET whose connection broke before the answer', async () => {
    const { url, requests } = await inTurn(reset, fine);
    const response = await fetch(url, { dispatcher: retrying() });
    expect(response.status).toBe(200);
    await response.text();
    expect(requests).toHaveLength(2);
  });

  it('a PUT with a body of bytes or text, with the same body', async () => {
    for (const body of ['text', Buffer.from('bytes')]) {
      const { url } = await inTurn(busy, fine);
      const response = await request(url, { method: 'PUT', body, dispatcher: retrying() });
      expect(await response.body.text()).toBe(String(body));
    }
  });

  it('a POST with an Idempotency-Key, whatever form its headers have', async () => {
    const forms = [
      { 'Idempotency-Key': '"one"' },
      ['idempotency-key', '"one"'],
      new Map([['IDEMPOTENCY-KEY', '"one"']]),
    ] as const;
    for (const headers of forms) {
      const { url, requests } = await inTurn(busy, fine);
      const options = { method: 'POST', body: 'pay', headers, dispatcher: retrying() } as const;
      await (await request(url, options as never)).body.dump();
      expect(requests.map((each) => each.headers['idempotency-key'])).toEqual(['"one"', '"one"']);
    }
  });

  it('a POST that its caller calls idempotent', async () => {
    const { url, requests } = await inTurn(busy, fine);
    const options = { method: 'POST', idempotent: true, dispatcher: retrying() } as const;
    await (await request(url, options)).body.dump();
    expect(requests).toHaveLength(2);
  });

  it('a POST to an origin that honours keys, with one key for all its attempts', async () => {
    const { url, requests } = await inTurn(busy, busy, fine);
    const dispatcher = retrying({ idempotentOrigins: [url] });
    for (let call = 0; call < 2; call++)
      await (await request(url, { method: 'POST', body: 'pay', dispatcher })).body.dump();
    const keys = requests.map((each) => each.headers['idempotency-key']);
    expect(keys[0]).toMatch(/^"[\da-f-]{36}"$/);
    expect(new Set(keys.slice(0, 3)).size).toBe(1);
    expect(keys[3]).not.toBe(keys[0]);
  });
});

describe('what is sent once', () => {
  it.each(['POST', 'PATCH'] as const)('a %s', async (method) => {
    const { url, requests } = await inTurn(busy);
    const response = await request(url, { method, body: 'pay', dispatcher: retrying() });
    expect([response.statusCode, await response.body.text()]).toEqual([503, 'busy']);
    expect(requests).toHaveLength(1);
  });

  it('a stream, and a body of fetch', async () => {
    const { url, requests } = await inTurn(busy);
    const dispatcher = retrying();
    const body = Readable.from(['once']);
    await (await request(url, { method: 'PUT', body, dispatcher })).body.dump();
    await (await fetch(url, { method: 'PUT', body: 'once', dispatcher })).text();
    expect(requests).toHaveLength(2);
  });

  it('a request that was answered with another status', async () => {
    const { url, requests } = await inTurn((_, response) => response.writeHead(501).end());
    await (await request(url, { dispatcher: retrying() })).body.dump();
    expect(requests).toHaveLength(1);
  });

  it('a request whose response broke off after it had begun', async () => {
    const { url, requests } = await inTurn((_, response) => {
      response.writeHead(200, { 'content-length': 9 }).write('half', () => response.destroy());
    });
    const { body } = await request(url, { dispatcher: retrying() });
    await expect(body.text()).rejects.toBeInstanceOf(Error);
    expect(requests).toHaveLength(1);
  });

  it('an invalid request, and one to a server whose certificate is not trusted', async () => {
    const dispatcher = retrying();
    const invalid = request('http://127.0.0.1:1', { headers: { 'bad name': 'x' }, dispatcher });
    await expect(invalid).rejects.toMatchObject({ code: 'UND_ERR_INVALID_ARG' });
  });

  it('a request that a circuit refused', async () => {
    const { url, requests } = await inTurn(fine);
    const circuit = circuitOf();
    circuit.open(60_000);
    const agent = new Agent();
    afterTest(() => agent.destroy());
    const dispatcher = agent.compose(breaker(circuit), retry({ backoff: AT_ONCE }));
    const error: unknown = await request(url, { dispatcher }).catch((reason: unknown) => reason);
    expect(isRefusal(error)).toBe(true);
    expect(requests).toHaveLength(0);
    expect(circuit.snapshot().counters.refused).toBe(1);
  });

  it('a request that carries the number of somebody else’s attempt', async () => {
    const { url, requests } = await inTurn(busy);
    const dispatcher = retrying({ attemptHeader: 'x-attempt' });
    const headers = { 'X-Attempt': '2' };
    await (await request(url, { headers, dispatcher })).body.dump();
    expect(requests.map((each) => each.headers['x-attempt'])).toEqual(['2']);
  });
});

describe('attempts', () => {
  it('end with the last response whole, when none was better', async () => {
    const { url, requests } = await inTurn(busy);
    const response = await request(url, { dispatcher: retrying({ attempts: 4 }) });
    expect([response.statusCode, await response.body.text()]).toEqual([503, 'busy']);
    expect(requests).toHaveLength(4);
  });

  it('are numbered where a field was named for it', async () => {
    const { url, requests } = await inTurn(busy, busy, fine);
    const dispatcher = retrying({ attemptHeader: 'X-Attempt' });
    await (await request(url, { dispatcher, headers: ['a', 'b'] })).body.dump();
    expect(requests.map((each) => each.headers['x-attempt'])).toEqual(['1', '2', '3']);
    expect(requests.map((each) => each.headers['a'])).toEqual(['b', 'b', 'b']);
  });

  it('use the connection of a dropped response again when it is short', async () => {
    const { url, requests } = await inTurn(busy, busy, fine);
    await (await request(url, { dispatcher: retrying() })).body.dump();
    expect(new Set(requests.map(({ socket }) => socket)).size).toBeLessThanOrEqual(2);
  });

  it('do not wait for the rest of a long or endless response that is dropped', async () => {
    const endless = (_: unknown, response: ServerResponse): void => {
      response.writeHead(503).write(Buffer.alloc(200_000));
    };
    const { url, requests } = await inTurn(endless, fine);
    await (await request(url, { dispatcher: retrying() })).body.dump();
    const [first] = requests;
    if (first?.socket.destroyed === false) await once(first.socket, 'close');
    expect(requests).toHaveLength(2);
  });

  it('each count for a circuit inside', async () => {
    const { url } = await inTurn(busy, reset, fine);
    const circuit = circuitOf();
    const agent = new Agent();
    afterTest(() => agent.destroy());
    circuit.setMode('shadow'); // so that it does not open
    const dispatcher = agent.compose(breaker(circuit), retry({ backoff: AT_ONCE }));
    await (await request(url, { dispatcher })).body.dump();
    expect(verdicts(circuit)).toMatchObject({ inFlight: 0 });
    expect(circuit.snapshot().counters.failures).toBe(2);
  });

  it('wait at least as long as Retry-After asks, and none follows where it asks too much', async () => {
    const wait = (seconds: string) => (_: unknown, response: ServerResponse) =>
      response.writeHead(429, { 'retry-after': seconds }).end();
    const patient = await inTurn(wait('1'), fine);
    const begun = performance.now();
    await (await request(patient.url, { dispatcher: retrying() })).body.dump();
    expect(performance.now() - begun).toBeGreaterThanOrEqual(999);
    const impatient = await inTurn(wait('1'), fine);
    const dispatcher = retrying({ maxRetryAfterMs: 500 });
    expect((await request(impatient.url, { dispatcher })).statusCode).toBe(429);
  });

  it('stop when the budget of the origin is spent, and not for another origin', async () => {
    const sick = await inTurn(busy);
    const well = await inTurn(busy, fine);
    const agent = new Agent();
    afterTest(() => agent.destroy());
    const repeating = retry({ backoff: AT_ONCE, attempts: 2 });
    const dispatcher = agent.compose(repeating);
    for (let call = 0; call < 60; call++)
      await (await request(sick.url, { dispatcher })).body.dump();
    // 30 of the floor's credit, and a fifth for each first attempt.
    expect(sick.requests.length).toBeLessThan(60 + 30 + 12 + 3);
    const response = await request(well.url, { dispatcher });
    expect(response.statusCode).toBe(200);
    await response.body.dump();
    expect(repeating.retries.get(sick.url).snapshot()).toMatchObject({ name: 'outbound' });
  });

  it('keep the caller’s asynchronous context, though one timer wakes them all', async () => {
    const { url } = await inTurn(busy, fine);
    const storage = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const spy: Dispatcher.DispatcherComposeInterceptor = (dispatch) => (options, handler) => {
      seen.push(storage.getStore());
      return dispatch(options, handler);
    };
    const agent = new Agent();
    afterTest(() => agent.destroy());
    const dispatcher = agent.compose(spy, retry({ backoff: { baseMs: 5, jitter: 'none' } }));
    await storage.run('mine', async () => (await request(url, { dispatcher })).body.dump());
    expect(seen).toEqual(['mine', 'mine']);
  });

  it('end at once when the caller gives up in the pause before one', async () => {
    for (const call of [request, fetch] as const) {
      const { url, requests } = await inTurn(busy);
      const controller = new AbortController();
      const dispatcher = retrying({ backoff: { baseMs: 60_000, maxMs: 60_000, jitter: 'none' } });
      const answer = call(url, { dispatcher, signal: controller.signal });
      const outcome = answer.then(
        () => 'answered',
        (error: unknown) => error,
      );
      await vi.waitUntil(() => requests.length === 1);
      await new Promise((resolve) => {
        setTimeout(resolve, 20);
      });
      const left = new Error('left');
      controller.abort(left);
      expect(await outcome).toBe(left);
      expect(requests).toHaveLength(1);
    }
  });

  it('have one controller, by which a handler can end any of them', async () => {
    const { url, requests } = await inTurn(busy, () => undefined);
    const controllers: Dispatcher.DispatchController[] = [];
    const ended = new Promise((resolve) => {
      retrying().dispatch(
        { origin: url, path: '/', method: 'GET' },
        {
          onRequestStart: (controller) => void controllers.push(controller),
          onResponseStart: () => undefined,
          onResponseData: () => undefined,
          onResponseEnd: () => undefined,
          onResponseError: (_, error) => resolve(error),
        },
      );
    });
    await vi.waitUntil(() => requests.length === 2);
    const left = new Error('left');
    controllers[0]?.abort(left);
    expect(await ended).toBe(left);
    expect(controllers).toHaveLength(1);
  });

  it('are paused where the handler paused before the first', async () => {
    const { url } = await inTurn(busy, (_, response) => void response.end(Buffer.alloc(1_000)));
    let received = 0;
    const pausedAtHeaders: boolean[] = [];
    let controller: Dispatcher.DispatchController | undefined;
    const ended = new Promise((resolve, reject) => {
      retrying().dispatch(
        { origin: url, path: '/', method: 'GET' },
        {
          onRequestStart: (given) => {
            controller = given;
            given.pause();
          },
          onResponseStart: (given) => {
            pausedAtHeaders.push(given.paused);
            setTimeout(() => controller?.resume(), 40);
          },
          onResponseData: (_, chunk) => void (received += chunk.length),
          onResponseEnd: resolve,
          onResponseError: (_, error) => reject(error),
        },
      );
    });
    await ended;
    expect(pausedAtHeaders).toEqual([true]);
    expect(received).toBe(1_000);
  });

  it('are judged in the context of their own caller', async () => {
    const { url } = await inTurn(() => undefined);
    const storage = new AsyncLocalStorage<string>();
    const seen = new Set<string>();
    const when = (): boolean => {
      seen.add(String(storage.getStore()));
      return false;
    };
    const agent = new Agent();
    afterTest(() => agent.destroy());
    // One timer ends them all.
    const dispatcher = agent.compose(timeout({ timeoutMs: 30 }), retry({ when }));
    await Promise.allSettled(
      ['one', 'two'].map((name) => storage.run(name, () => request(url, { dispatcher }))),
    );
    expect([...seen].toSorted()).toEqual(['one', 'two']);
  });

  it('do not begin when there is no time for the pause, and the response is passed on', async () => {
    const { url, requests } = await inTurn(busy);
    const agent = new Agent();
    afterTest(() => agent.destroy());
    const slow = retry({ backoff: { baseMs: 60_000, maxMs: 60_000, jitter: 'none' } });
    const dispatcher = agent.compose(slow, deadline({ deadlineMs: 5_000 }));
    expect((await request(url, { dispatcher })).statusCode).toBe(503);
    expect(requests).toHaveLength(1);
  });

  it('do not begin after maxElapsedMs', async () => {
    const { url, requests } = await inTurn(busy);
    const dispatcher = retrying({ maxElapsedMs: 0 });
    expect((await request(url, { dispatcher })).statusCode).toBe(503);
    expect(requests).toHaveLength(1);
  });

  it('end with what the user’s own function threw', async () => {
    const { url } = await inTurn(reset);
    const boom = new Error('boom');
    const dispatcher = retrying({
      when: () => {
        throw boom;
      },
    });
    await expect(request(url, { dispatcher })).rejects.toBe(boom);
  });
});

describe('next to undici’s own', () => {
  it('adds its fields anew for each hop of a redirect, and none for another origin', async () => {
    const target = await inTurn(fine);
    const { url, requests } = await inTurn(
      (_, response) => response.writeHead(307, { location: '/again' }).end(),
      (_, response) => response.writeHead(307, { location: target.url }).end(),
    );
    const agent = new Agent();
    afterTest(() => agent.destroy());
    const dispatcher = agent.compose(
      retry({ idempotentOrigins: [url], backoff: AT_ONCE }),
      interceptors.redirect({ maxRedirections: 3 }),
    );
    await (await request(url, { method: 'POST', body: 'pay', dispatcher })).body.dump();
    expect(requests.every((each) => each.headers['idempotency-key'] !== undefined)).toBe(true);
    expect(target.requests.map((each) => each.headers['idempotency-key'])).toEqual([undefined]);
  });
});

it('tries a refused connection as often as any', async () => {
  const server = createServer();
  const url = await listen(server);
  server.close();
  await once(server, 'close');
  const circuit = circuitBreaker({ name: 'origin', trip: consecutive(9) });
  const agent = new Agent();
  afterTest(() => agent.destroy());
  const dispatcher = agent.compose(breaker(circuit), retry({ backoff: AT_ONCE }));
  await expect(request(url, { dispatcher })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  expect(circuit.snapshot().counters.failures).toBe(3);
});

it.each([
  [{ methods: 'GET' }, 'methods'],
  [{ statuses: ['503'] }, 'statuses'],
  [{ statuses: [Number.NaN] }, 'statuses'],
  [{ methods: ['get'] }, 'methods'],
  [{ attemptHeader: '' }, 'attemptHeader'],
  [{ attempts: 0 }, 'attempts'],
  [{ idempotentOrigins: [5] }, 'idempotentOrigins'],
  [{ maxKeys: 0 }, 'maxEntries'],
  [{ key: 'origin' }, 'key'],
  [{ whenResult: () => true }, 'whenResult'],
])('names the wrong option of %o', (options, name) => {
  expect(() => retry(options as never)).toThrow(name);
});

it.each([
  [404, 1],
  [503, 3],
])(
  'judges a %i that responseError made an error by its status: %i attempts',
  async (status, sent) => {
    const { url, requests } = await inTurn((_, response) => response.writeHead(status).end());
    const agent = new Agent();
    afterTest(() => agent.destroy());
    const dispatcher = agent.compose(interceptors.responseError(), retry({ backoff: AT_ONCE }));
    await expect(request(url, { dispatcher })).rejects.toMatchObject({ statusCode: status });
    expect(requests).toHaveLength(sent);
  },
);
