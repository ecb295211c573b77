import { setImmediate } from 'node:timers/promises';
import { isRejection } from '@holdfast/core';
import { leader, lock, memoryStore, once, semaphore } from '@holdfast/core/stateless';
import { virtualClock } from '@holdfast/core/testing';
import { expect, test } from 'vitest';

// What docs/stateless/leases.md shows.

test('one at a time, with a fence for what is written to', async () => {
  const store = memoryStore();
  const written: string[] = [];

  let newest = 0n;
  const write = (fence: string, line: string) => {
    if (BigInt(fence) < newest) throw new Error('somebody else has come after you');
    newest = BigInt(fence);
    written.push(line);
  };

  const orders = lock({ store, name: 'order' });

  const ship = (order: string) =>
    orders.run(({ fence }) => write(fence, `shipped ${order}`), { key: order, waitMs: 2_000 });

  await Promise.all([ship('order 1'), ship('order 1'), ship('order 2')]);
  expect(written.toSorted()).toEqual(['shipped order 1', 'shipped order 1', 'shipped order 2']);
  expect(() => write('1', 'late')).toThrow('after you');
});

test('who does not want to wait is told that it is held', async () => {
  const store = memoryStore();
  const files = lock({ store, name: 'file' });

  const importOnce = async (file: string): Promise<string> => {
    await using held = await files.acquire({ key: file });
    if (held === undefined) return 'somebody else is at it';
    await importFile(file, held.signal);
    return 'imported';
  };

  const importFile = async (_: string, signal: AbortSignal): Promise<void> =>
    signal.throwIfAborted();
  const both = await Promise.all([importOnce('july.csv'), importOnce('july.csv')]);
  expect(both).toEqual(['imported', 'somebody else is at it']);
  expect(files.snapshot()).toMatchObject({ held: 0, acquired: 1, refused: 1 });
});

test('work is told when its lease is lost', async () => {
  const clock = virtualClock();
  const store = memoryStore({ clock });
  const reports = lock({ store, name: 'report', clock });
  const seen: unknown[] = [];

  const report = reports.run(async ({ signal }) => {
    for (const page of [1, 2, 3]) {
      signal.throwIfAborted(); // the lease may be somebody else's by now
      await print(page);
    }
  });

  async function print(page: number): Promise<void> {
    seen.push(page);
    await store[Symbol.asyncDispose](); // and nobody can renew it any more
    await clock.advanceAsync(6_000);
  }
  const error = await report.catch((reason: unknown) => reason);
  expect(isRejection(error) && error.code).toBe('HF_LEASE_LOST');
  expect(seen).toEqual([1, 2]);
});

test('so many at a time', async () => {
  const store = memoryStore();
  let running = 0;
  let most = 0;
  const render = async (page: string): Promise<string> => {
    most = Math.max(most, ++running);
    await setImmediate();
    running--;
    return page;
  };

  const renders = semaphore({ store, name: 'render', max: 3 });

  const rendered = (page: string) => renders.run(() => render(page), { waitMs: 10_000 });

  const pages = Array.from({ length: 12 }, (_, index) => `page ${index}`);
  expect(await Promise.all(pages.map(rendered))).toEqual(pages);
  expect(most).toBe(3);
});

test('one process leads', async () => {
  const clock = virtualClock();
  const store = memoryStore({ clock });
  const sent: string[] = [];
  const sendNext = (who: string, signal: AbortSignal): Promise<void> => {
    sent.push(who);
    return new Promise((resolve) => {
      signal.addEventListener('abort', () => resolve());
    });
  };
  const startProcess = (who: string) => {
    const outbox = leader({
      store,
      name: 'outbox',
      lead: async ({ signal }) => {
        while (!signal.aborted) await sendNext(who, signal);
      },
      clock,
    });
    return outbox;
  };

  const [first, second] = [startProcess('first'), startProcess('second')];
  await clock.advanceAsync(1_000);
  expect([first.isLeader, second.isLeader]).toEqual([true, false]);
  await clock.runUntilSettled(first[Symbol.asyncDispose]());
  await clock.advanceAsync(1_000);
  expect(second.isLeader).toBe(true);
  expect(sent).toEqual(['first', 'second']);
  await clock.runUntilSettled(second[Symbol.asyncDispose]());
});

test('a cron job of a fleet runs once', async () => {
  const store = memoryStore();
  const sent: string[] = [];
  const send = async (day: string): Promise<void> => void sent.push(day);
  const startProcess = () => {
    const report = once({ store, name: 'nightly report' });

    const nightly = async (day: string): Promise<string> => {
      const { ran } = await report.run(day, () => send(day));
      return ran ? 'sent' : 'sent by another process, or on its way';
    };
    return nightly;
  };

  const fleet = [startProcess(), startProcess(), startProcess()];
  const answers = await Promise.all(fleet.map((nightly) => nightly('2026-07-01')));
  expect(answers.filter((answer) => answer === 'sent')).toHaveLength(1);
  expect(sent).toEqual(['2026-07-01']);
});
