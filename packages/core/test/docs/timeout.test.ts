import * as core from '@holdfast/core';
import { isRejection, pipeline } from '@holdfast/core';
import { virtualClock } from '@holdfast/core/testing';
import { expect, test } from 'vitest';

// The policies of the page, on a clock that waits for nobody.
const clock = virtualClock();
const deadline = (options: core.DeadlineOptions) => core.deadline({ clock, ...options });
const retry = (options: core.RetryOptions) => core.retry({ clock, ...options });
const timeout = (options: core.TimeoutOptions) => core.timeout({ clock, ...options });

test('a call that hangs ends', async () => {
  const messages: string[] = [];
  const loadStock = (_signal: AbortSignal): Promise<number> => new Promise(() => undefined);

  const patience = timeout({ name: 'stock', timeoutMs: 800 });

  const running = (async () => {
    try {
      await patience.execute(({ signal }) => loadStock(signal));
    } catch (error) {
      if (isRejection(error)) messages.push(error.message);
    }
  })();

  await clock.advanceAsync(800);
  await running;
  expect(messages).toEqual(['timeout "stock": the call did not settle within 800 ms']);
});

test('a deadline bounds all attempts, sleeps and waits', async () => {
  const left: number[] = [];
  const callStock = (_signal: AbortSignal, remainingMs: number): Promise<number> => {
    left.push(remainingMs);
    return new Promise(() => undefined);
  };

  const stock = pipeline(
    deadline({ deadlineMs: 2_000 }),
    retry({ attempts: 5, backoff: { kind: 'constant', baseMs: 200, jitter: 'none' } }),
    timeout({ timeoutMs: 800 }),
  );

  const startedAt = clock.now();
  let endedAt = -1;
  const answer = stock
    .attempt((context) => callStock(context.signal, context.remainingMs()))
    .finally(() => (endedAt = clock.now()));
  await clock.advanceAsync(2_000);

  expect(await answer).toMatchObject({ rejection: { code: 'HF_TIMEOUT' } });
  expect(left).toEqual([2_000, 1_000]);
  // Another pause would have outlasted the deadline.
  expect(endedAt - startedAt).toBe(1_800);
});

test('a caller may be in more of a hurry', async () => {
  const policy = deadline({ deadlineMs: 2_000 });
  const load = (): Promise<number> => new Promise(() => undefined);
  const performance = clock;

  const answer = policy.attempt(() => load(), { deadline: performance.now() + 300 });

  await clock.advanceAsync(300);
  expect(await answer).toMatchObject({ rejection: { code: 'HF_DEADLINE_EXCEEDED', afterMs: 300 } });
});

test('what runs on is counted', async () => {
  const seen: string[] = [];
  const policy = timeout({ timeoutMs: 100 });

  using listening = policy.on('late', ({ name, ok, lateMs }) => {
    seen.push(`${name}: ${ok ? 'an answer' : 'an error'} ${lateMs} ms too late`);
  });

  const answer = policy.attempt(
    () => new Promise((resolve) => void clock.setTimer(() => resolve('answer'), 250)),
  );
  await clock.advanceAsync(100);
  await answer;
  expect(policy.snapshot()).toMatchObject({ timeouts: 1, lateInFlight: 1 });
  await clock.advanceAsync(150);
  expect(seen).toEqual(['timeout: an answer 150 ms too late']);
  expect(policy.snapshot()).toMatchObject({ lateInFlight: 0, lateSuccesses: 1 });
  listening[Symbol.dispose]();
});
