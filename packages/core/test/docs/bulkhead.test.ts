import { bulkhead, isRefusal, pipeline, timeout } from '@holdfast/core';
import { expect, onTestFinished, test, vi } from 'vitest';

test('a bulkhead keeps a slow dependency from taking everything', async () => {
  const messages: string[] = [];
  const render = (): Promise<string> => new Promise(() => undefined);

  const reports = bulkhead({ name: 'reports', concurrency: 1, queue: 1, maxWaitMs: 200 });
  void reports.execute(() => render());
  const waits = reports.attempt(() => render());

  try {
    await reports.execute(() => render());
  } catch (error) {
    if (isRefusal(error)) messages.push(error.message);
  }

  expect(messages).toEqual(['bulkhead "reports" is full']);
  reports[Symbol.dispose]();
  expect(await waits).toMatchObject({ rejection: { code: 'HF_DISPOSED' } });
});

test('who matters more waits at the expense of who matters less', async () => {
  const served: string[] = [];
  const serve = (who: string) => (): void => void served.push(who);

  const checkout = bulkhead({ name: 'checkout', concurrency: 1, queue: 2, order: 'priority' });
  const slot = checkout.tryAcquire();

  const results = [
    checkout.attempt(serve('crawler'), { priority: 0 }),
    checkout.attempt(serve('guest'), { priority: 1 }),
    checkout.attempt(serve('member'), { priority: 2 }),
  ];

  if (slot.admitted) slot.release();
  await Promise.all(results);
  expect(served).toEqual(['member', 'guest']);
});

test('a slot stays with a stream until it is over', async () => {
  const sent: string[] = [];
  const streams = bulkhead({ name: 'streams', concurrency: 100, queue: 10 });
  const { signal } = new AbortController();
  const openFeed = async function* feed(): AsyncGenerator<string> {
    yield await Promise.resolve('a');
    yield 'b';
  };

  const slot = await streams.acquire({ signal });
  if (!slot.admitted) throw slot.rejection;
  try {
    for await (const item of openFeed()) sent.push(item);
  } finally {
    slot.release();
  }

  expect(sent).toEqual(['a', 'b']);
  expect(streams.snapshot()).toMatchObject({ inFlight: 0, admitted: 1 });
});

test('a slot can be held until the work itself is over', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const { promise, resolve } = Promise.withResolvers<string>();
  const query = (): Promise<string> => promise;

  const slots = bulkhead({ name: 'database', concurrency: 20, holdUntil: 'finished' });
  const database = pipeline(slots, timeout({ timeoutMs: 2_000 }));

  const result = database.attempt(() => query());
  await vi.advanceTimersByTimeAsync(2_000);
  expect((await result).ok).toBe(false);
  expect(slots.snapshot()).toMatchObject({ inFlight: 1, lateInFlight: 1 });
  resolve('too late');
});

test('listeners hear of every call that got no slot', () => {
  const log: string[] = [];
  const reports = bulkhead({ name: 'reports', concurrency: 1 });

  using listening = reports.on('refusal', ({ name, code }) => {
    log.push(`${name}: ${code}`);
  });
  reports.tryAcquire();
  reports.tryAcquire();

  expect(log).toEqual(['reports: HF_BULKHEAD_FULL']);
  listening[Symbol.dispose]();
});
