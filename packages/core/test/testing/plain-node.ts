// Run by `node --test` and by nothing else: what a user's test looks like who has no test runner.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { circuitBreaker, consecutive, pipeline, timeout } from '@holdfast/core';
import {
  fails,
  hangs,
  recordTrace,
  scripted,
  seededRandom,
  succeeds,
  virtualClock,
} from '@holdfast/core/testing';

void test('a breaker opens at a hang and recovers', async () => {
  const clock = virtualClock();
  const payments = circuitBreaker({
    name: 'payments',
    trip: consecutive(2),
    open: { baseMs: 1_000, jitter: 0.2 },
    halfOpen: { probes: 1 },
    random: seededRandom(1),
    clock,
  });
  const guarded = pipeline(payments, timeout({ timeoutMs: 100, clock }));
  const pay = scripted(fails().then(hangs()).then(succeeds('paid')), { clock });
  const trace = recordTrace({ clock, names: ['payments'] });

  await assert.rejects(clock.runUntilSettled(guarded.execute(pay)), /scripted/);
  await assert.rejects(clock.runUntilSettled(guarded.execute(pay)), { code: 'HF_TIMEOUT' });
  await clock.advanceAsync(1_200);
  assert.equal(await clock.runUntilSettled(guarded.execute(pay)), 'paid');

  // Node 22 knows no `using` yet.
  trace[Symbol.dispose]();
  assert.equal(pay.inFlight, 1);
  assert.deepEqual(trace.lines(), [
    '100 ms  breaker payments: CLOSED -> OPEN (consecutive), for 1051 ms',
    '1300 ms  breaker payments: OPEN -> HALF_OPEN (break-over)',
    '1300 ms  breaker payments: HALF_OPEN -> CLOSED (probes-succeeded)',
  ]);
});

void test('a hang is a message', async () => {
  const clock = virtualClock();
  await assert.rejects(clock.runUntilSettled(scripted(hangs(), { clock })()), /no timer is left/);
});
