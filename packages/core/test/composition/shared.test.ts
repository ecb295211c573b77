import { describe, expect, test } from 'vitest';
import { consecutive, pipeline } from '../../src/index.ts';
import { hang } from '../support/calls.ts';
import { expectNothingLeft, Kit, rejectedWith } from './kit.ts';

describe('shared by two pipelines:', () => {
  test('bulkhead → timeout and retry → bulkhead: one bulkhead counts the calls of both', async () => {
    const kit = new Kit();
    const slots = kit.bulkhead({ concurrency: 1, queue: 1 });
    const one = pipeline(slots, kit.timeout(100));
    const other = pipeline(kit.retry(), slots);
    const first = kit.begin(one, hang);
    const second = kit.begin(other, () => 'second');
    const third = kit.begin(other, () => 'third');
    expect(await third.result).toMatchObject(rejectedWith('HF_BULKHEAD_FULL'));
    await kit.clock.advanceAsync(100);
    expect(await first.result).toMatchObject(rejectedWith('HF_TIMEOUT'));
    expect(await second.result).toEqual({ ok: true, value: 'second' });
    expect(slots.snapshot()).toMatchObject({ inFlight: 0, lateInFlight: 1, admitted: 2 });
    await expectNothingLeft(kit);
  });

  test('breaker → timeout and breaker → bulkhead: what hangs in one opens the other', async () => {
    const kit = new Kit();
    const breaker = kit.breaker({ trip: consecutive(1) });
    const hung = kit.begin(pipeline(breaker, kit.timeout(100)), hang);
    await kit.clock.advanceAsync(100);
    expect(await hung.result).toMatchObject(rejectedWith('HF_TIMEOUT'));
    const other = kit.begin(pipeline(breaker, kit.bulkhead()), () => 'answer');
    expect(await other.result).toMatchObject(rejectedWith('HF_CIRCUIT_OPEN'));
    await expectNothingLeft(kit);
  });

  test('rate limit → timeout and rate limit → breaker: a turn that was not used goes to the other', async () => {
    const kit = new Kit();
    const [limit, breaker] = [kit.rateLimit({ rate: 1, burst: 1, maxWaitMs: 900 }), kit.breaker()];
    breaker.isolate('drill');
    const turnedAway = kit.begin(pipeline(limit, breaker), () => 'never');
    const other = kit.begin(pipeline(limit, kit.timeout(100)), () => 'answer');
    expect(await turnedAway.result).toMatchObject(rejectedWith('HF_CIRCUIT_ISOLATED'));
    expect(await other.result).toEqual({ ok: true, value: 'answer' });
    expect(other.settledAt).toBe(0);
    await expectNothingLeft(kit);
  });

  test('timeout → call, twice at once: each call has its own time', async () => {
    const kit = new Kit();
    const patience = kit.timeout(100);
    const first = kit.begin(pipeline(patience), hang);
    await kit.clock.advanceAsync(50);
    const second = kit.begin(pipeline(kit.retry({ attempts: 1 }), patience), hang);
    await kit.clock.advanceAsync(100);
    expect([first.settledAt, second.settledAt]).toEqual([100, 150]);
    expect(patience.snapshot()).toMatchObject({ timeouts: 2, lateInFlight: 2 });
    await expectNothingLeft(kit);
  });
});
