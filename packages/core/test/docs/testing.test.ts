import assert from 'node:assert/strict';
import { circuitBreaker, consecutive, pipeline, retry, timeout } from '@holdfast/core';
import {
  answers,
  fails,
  hangs,
  recordTrace,
  scripted,
  seededRandom,
  succeeds,
  virtualClock,
} from '@holdfast/core/testing';
import { expect, test } from 'vitest';

test('a breaker opens and recovers', async () => {
  const clock = virtualClock();
  const breaker = circuitBreaker({
    name: 'payments',
    trip: consecutive(3),
    open: { baseMs: 1_000, jitter: 0 },
    halfOpen: { probes: 1 },
    clock,
  });
  const pay = scripted(fails(3).after(20).then(succeeds('paid')), { clock });

  for (let call = 1; call <= 3; call++) await clock.runUntilSettled(breaker.attempt(pay));
  assert.equal(breaker.state, 'OPEN');

  clock.advance(1_000);
  assert.equal(await breaker.execute(pay), 'paid');
  assert.equal(breaker.state, 'CLOSED');
});

test('a retry waits longer each time', async () => {
  const clock = virtualClock();
  const patient = retry({ backoff: { baseMs: 100, jitter: 'none' }, clock });
  const pay = scripted(fails(2).then(succeeds('paid')), { clock });

  assert.equal(await clock.runUntilSettled(patient.execute(pay)), 'paid');
  const starts = pay.calls.map(({ startMs }) => startMs);
  assert.deepEqual(starts, [0, 100, 300]);
});

test('a timeout ends a call that hangs', async () => {
  const clock = virtualClock();
  const pay = scripted(hangs(), { clock });
  const paid = timeout({ timeoutMs: 800, clock }).execute(pay);

  await assert.rejects(clock.runUntilSettled(paid), { code: 'HF_TIMEOUT' });
  assert.equal(clock.now(), 800);
  assert.equal(pay.calls[0]?.aborted, true);
  assert.equal(pay.inFlight, 1); // it ignores its signal and runs on
});

test('the same seed gives the same incident', async () => {
  const startsWith = async (random: () => number): Promise<number[]> => {
    const clock = virtualClock();
    const spread = retry({ backoff: { jitter: 'full' }, clock, random });
    const pay = scripted(fails(2).then(succeeds('paid')), { clock });
    await clock.runUntilSettled(spread.execute(pay));
    return pay.calls.map(({ startMs }) => startMs);
  };

  const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 32));
  const starts = await startsWith(seededRandom(seed));
  assert.ok(starts[1]! <= 100, `a first pause above 100 ms with SEED=${seed}`);
  assert.deepEqual(await startsWith(seededRandom(seed)), starts);
});

test('an incident is a list of lines', async () => {
  const clock = virtualClock();
  const protect = pipeline(
    retry({ attempts: 2, backoff: { baseMs: 100, jitter: 'none' }, clock }),
    circuitBreaker({
      name: 'payments',
      trip: consecutive(1),
      open: { baseMs: 60_000, jitter: 0 },
      clock,
    }),
    timeout({ timeoutMs: 800, clock }),
  );

  using trace = recordTrace({ clock });
  await clock.runUntilSettled(protect.attempt(scripted(hangs(), { clock })));
  assert.deepEqual(trace.lines(), [
    '800 ms  breaker payments: CLOSED -> OPEN (consecutive), for 60000 ms',
    '800 ms  limit timeout: ended after 800 ms, HF_TIMEOUT',
    '800 ms  retry retry: attempt 1 in vain, next in 100 ms',
    '900 ms  breaker payments: refused, HF_CIRCUIT_OPEN, retry in 59900 ms',
    '900 ms  retry retry: all 2 attempts in vain',
  ]);
});

test('the words of the table do what it says', async () => {
  const clock = virtualClock();
  const first = async (script: Parameters<typeof scripted>[0]): Promise<unknown> =>
    clock.runUntilSettled(scripted(script, { clock })()).catch((error: Error) => error.message);

  expect(await first(succeeds('paid'))).toBe('paid');
  expect(await first(answers('a', 'b'))).toBe('a');
  expect(await first(fails(2, new Error('no answer')))).toBe('no answer');
  expect(await first(hangs())).toMatch(/still pending/);
  const [, ...rest] = fails().then(succeeds('paid').after(30)).times(2).abortable();
  expect(rest).toMatchObject([
    { ending: { kind: 'succeeds' }, afterMs: 30, abortable: true },
    { ending: { kind: 'fails' }, afterMs: 0 },
    { afterMs: 30 },
  ]);
});
