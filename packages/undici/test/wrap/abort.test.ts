import { getEventListeners } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { virtualClock } from '@holdfast/core/testing';
import { Agent, request } from 'undici';
import { describe, expect, it, vi } from 'vitest';
import { wrapFetch, wrapRequest } from '../../src/index.ts';
import { LinkedAbort, linkOf } from '../../src/linked-abort.ts';
import { AT_ONCE, CLIENTS } from './support/clients.ts';
import { answersWith, recorder } from './support/recorder.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const listenersOf = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length;

/** Waits until the collector has found what nobody holds any more. */
const untilFree = (signal: AbortSignal): Promise<unknown> =>
  vi.waitUntil(
    async () => {
      collectGarbage();
      await nextTurn();
      return listenersOf(signal) === 0;
    },
    { timeout: 4_000 },
  );

describe.each(CLIENTS)('%s', (_, clientWith) => {
  it('is given up before the headers, and the connection with it', async () => {
    const { url, seen, broken } = await recorder(() => undefined);
    const controller = new AbortController();
    const reason = new Error('the user left');
    const answer = clientWith().call(url, { signal: controller.signal });
    await vi.waitUntil(() => seen.length === 1);
    controller.abort(reason);
    await expect(answer).rejects.toBe(reason);
    await vi.waitUntil(() => broken() === 1);
    expect(seen.length).toBe(1);
    expect(listenersOf(controller.signal)).toBe(0);
  });

  it.each(['/bad', '/reset'])('is given up in a pause after %s', async (path) => {
    const { url, seen } = await recorder((response) => {
      if (path === '/reset') response.socket?.resetAndDestroy();
      else response.writeHead(503).end();
    });
    const controller = new AbortController();
    const retry = { ...AT_ONCE, backoff: () => 10_000 };
    const answer = clientWith({ retry }).call(url + path, { signal: controller.signal });
    await vi.waitUntil(() => seen.length === 1);
    setTimeout(() => controller.abort(), 20);
    await expect(answer).rejects.toMatchObject({ name: 'AbortError' });
    expect(seen.length).toBe(1);
  });

  it('is given up in the queue of the bulkhead, and nothing is sent', async () => {
    const { url, seen } = await recorder(() => undefined);
    const client = clientWith({ bulkhead: { concurrency: 1, queue: 1 } });
    const first = new AbortController();
    const second = new AbortController();
    const calls = [first, second].map(({ signal }) => client.call(url, { signal }));
    const ends = Promise.allSettled(calls);
    await vi.waitUntil(() => seen.length === 1);
    second.abort();
    await expect(calls[1]).rejects.toMatchObject({ name: 'AbortError' });
    first.abort();
    await ends;
    expect(seen.length).toBe(1);
    expect(client.policies(url).bulkhead?.snapshot().inFlight).toBe(0);
  });

  it('has a body that the caller can still give up', async () => {
    const { url, broken } = await recorder((response) => {
      response.writeHead(200).write('the beginning of a long story');
    });
    const controller = new AbortController();
    const client = clientWith();
    const response = await client.call(url, { signal: controller.signal });
    const text = response.text();
    setTimeout(() => controller.abort(), 10);
    await expect(text).rejects.toMatchObject({ name: 'AbortError' });
    await vi.waitUntil(() => broken() === 1);
    expect(client.policies(url).breaker?.snapshot().counters.successes).toBe(1);
  });

  it('has a body that outlives the timeout and the deadline of the call', async () => {
    const begun: ServerResponse[] = [];
    const { url } = await recorder((response) => {
      response.writeHead(200).write('a long ');
      begun.push(response);
    });
    const clock = virtualClock();
    const limits = { timeout: { timeoutMs: 100 }, deadline: { deadlineMs: 100 } };
    const client = clientWith({ ...limits, clock });
    const response = await client.call(url, { signal: new AbortController().signal });
    clock.advance(200);
    for (const each of begun) each.end('story');
    expect(await response.text()).toBe('a long story');
  });

  it('leaves nothing on a signal that lives long, whatever the ending', async () => {
    const { url } = await recorder((response, { path }) => {
      if (path === '/reset') response.socket?.resetAndDestroy();
      else if (path !== '/hang') response.writeHead(path === '/bad' ? 503 : 200).end('answer');
    });
    const { signal } = new AbortController();
    const clock = virtualClock();
    const client = clientWith({
      timeout: { timeoutMs: 600 },
      retry: { ...AT_ONCE, attempts: 2 },
      breaker: false,
      clock,
    });
    const paths = ['/good', '/bad', '/reset', '/hang'];
    const calls = Array.from({ length: 24 }, async (__, index) =>
      (await client.call(url + paths[index % 4], { signal })).text(),
    );
    const ends = Promise.allSettled(calls);
    await Promise.allSettled(calls.filter((__, index) => paths[index % 4] !== '/hang'));
    const passing = setInterval(() => clock.advance(600), 1);
    const answered = (await ends).filter(({ status }) => status === 'fulfilled');
    clearInterval(passing);
    expect(answered).toHaveLength(12);
    await untilFree(signal);
  });
});

it('request leaves nothing on a signal as soon as its body is read', async () => {
  const { url } = await answersWith(503, 200, 200);
  const { signal } = new AbortController();
  const wrapped = wrapRequest(request, { retry: AT_ONCE });
  for (let call = 0; call < 2; call++) {
    const { body } = await wrapped(url, { signal });
    await body.text();
    await nextTurn();
    expect(listenersOf(signal)).toBe(0);
  }
});

it('fetch leaves nothing on a signal as soon as it has a response without a body', async () => {
  const { url } = await answersWith(204);
  const { signal } = new AbortController();
  const response = await wrapFetch(globalThis.fetch)(url, { signal });
  // What Node's fetch itself listens to goes with its response.
  expect(response.body).toBe(null);
  expect(listenersOf(signal)).toBe(0);
});

it('fetch leaves nothing on a signal for responses that nobody reads', async () => {
  const { url } = await answersWith(200);
  const { signal } = new AbortController();
  const fetch = wrapFetch(globalThis.fetch);
  for (let call = 0; call < 20; call++) await fetch(url, { signal });
  expect(listenersOf(signal)).toBeGreaterThan(0);
  await untilFree(signal);
});

it('fetch can be given up while a reader alone holds its body', async () => {
  const { url } = await recorder((response) => void response.writeHead(200).write('once upon'));
  const controller = new AbortController();
  const fetch = wrapFetch(globalThis.fetch);
  const reader = (await fetch(url, { signal: controller.signal })).body?.getReader();
  await reader?.read();
  for (let turn = 0; turn < 5; turn++) {
    collectGarbage();
    await nextTurn();
  }
  const rest = reader?.read();
  controller.abort();
  await expect(rest).rejects.toMatchObject({ name: 'AbortError' });
});

it('null says that there is no signal, also where the Request has one', async () => {
  const controller = new AbortController();
  const { url } = await recorder((response) => {
    controller.abort();
    response.end('paid');
  });
  const input = new Request(url, { signal: controller.signal });
  const response = await wrapFetch(globalThis.fetch)(input, { signal: null });
  expect(await response.text()).toBe('paid');
});

it('the signal of a Request is heard', async () => {
  const controller = new AbortController();
  const { url } = await recorder(() => controller.abort());
  const input = new Request(url, { signal: controller.signal });
  await expect(wrapFetch(globalThis.fetch)(input)).rejects.toMatchObject({ name: 'AbortError' });
});

it('a response that comes after the timeout is let go', async () => {
  let cancelled = 0;
  const late: (input: string) => Promise<Response> = async () => {
    await new Promise((resolve) => {
      setTimeout(resolve, 60);
    });
    return new Response(new ReadableStream({ cancel: () => void cancelled++ }));
  };
  const fetch = wrapFetch(late, { retry: false, timeout: { timeoutMs: 20 } });
  await expect(fetch('http://a.example/')).rejects.toMatchObject({ code: 'HF_TIMEOUT' });
  await vi.waitUntil(() => cancelled === 1);
});

describe('a linked abort', () => {
  const two = (): [AbortController, AbortController, LinkedAbort] => {
    const caller = new AbortController();
    const policies = new AbortController();
    return [caller, policies, new LinkedAbort(caller.signal, policies.signal)];
  };

  it('follows both, with the reason of the first', () => {
    for (const which of [0, 1] as const) {
      const all = two();
      all[which].abort(`by ${which}`);
      all[which === 0 ? 1 : 0].abort('too late');
      expect(all[2].signal.reason).toBe(`by ${which}`);
    }
  });

  it('follows the caller alone once the call has settled, and nobody once it is unlinked', () => {
    const [caller, policies, link] = two();
    link.settled();
    policies.abort('too late');
    expect(link.signal.aborted).toBe(false);
    caller.abort('heard');
    expect(link.signal.reason).toBe('heard');
    const [deaf, , unlinked] = two();
    unlinked.unlink();
    deaf.abort('unheard');
    expect(unlinked.signal.aborted).toBe(false);
    expect(listenersOf(deaf.signal)).toBe(0);
  });

  it('is aborted from the beginning where one of them is', () => {
    const alive = new AbortController().signal;
    const aborted = AbortSignal.abort('before');
    expect(new LinkedAbort(aborted, alive).signal.reason).toBe('before');
    expect(new LinkedAbort(alive, aborted).signal.reason).toBe('before');
  });

  it('is needed where there are two signals', () => {
    const { signal } = new AbortController();
    expect(linkOf(undefined, signal)).toBe(undefined);
    expect(linkOf(signal, undefined)).toBe(undefined);
    expect(linkOf(signal, signal)).toBe(undefined);
  });
});

it('a signal that lives long has one listener, however many responses follow it', async () => {
  const { url } = await answersWith(200);
  const controller = new AbortController();
  const call = wrapFetch(fetch);
  const held = [];
  for (let time = 0; time < 20; time++) held.push(await call(url, { signal: controller.signal }));
  expect(listenersOf(controller.signal)).toBe(1);
  controller.abort(new Error('left'));
  for (const response of held)
    await expect(response.text()).rejects.toSatisfy(
      ({ name, message }: Error) => name === 'AbortError' || message === 'left',
    );
});

it('an abort is heard while the call is queued in undici’s pool', async () => {
  const { url, seen } = await recorder(() => undefined);
  const dispatcher = new Agent({ connections: 1 });
  const call = wrapRequest(request);
  const blocker = call(url, { dispatcher }).catch(() => undefined);
  await vi.waitUntil(() => seen.length === 1);
  const controller = new AbortController();
  const queued = call(url, { dispatcher, signal: controller.signal });
  controller.abort(new Error('left'));
  await expect(queued).rejects.toThrow('left');
  expect(call.policies.get(url).policies.breaker?.inFlight).toBe(1);
  await dispatcher.destroy();
  await blocker;
});
