import { describe, expect, test, vi } from 'vitest';
import { bulkhead, CHANNELS, type BulkheadOptions } from '../../src/index.ts';
import { hang } from '../support/calls.ts';
import { messagesOn } from '../support/channel-messages.ts';
import { RecordingClock } from '../support/recording-clock.ts';

const rigOf = (options: Partial<BulkheadOptions> = {}) => {
  const clock = new RecordingClock();
  const policy = bulkhead({ concurrency: 1, queue: 1, clock, ...options });
  const events: unknown[] = [];
  policy.on('refusal', (event) => events.push(event));
  policy.on('timeout', (event) => events.push(event));
  return { clock, policy, events };
};

const full = { name: 'bulkhead', code: 'HF_BULKHEAD_FULL', retryAfterMs: undefined };

describe('what a bulkhead tells', () => {
  test('a refusal for each call that found no room, was displaced, or waited too long', async () => {
    const { policy, clock, events } = rigOf({ order: 'lifo' });
    void policy.execute(hang);
    const displaced = policy.attempt(hang);
    const waits = policy.attempt(hang);
    expect(events).toEqual([full]);
    policy.tryAcquire();
    expect(events).toEqual([full, full]);
    await clock.advanceAsync(1_000);
    await Promise.all([displaced, waits]);
    expect(events).toEqual([full, full, full]);
  });

  test('a timeout for each call whose deadline passed before it had a slot', async () => {
    const { policy, clock, events } = rigOf();
    void policy.execute(hang);
    const waits = policy.attempt(hang, { deadline: 200 });
    await policy.attempt(hang, { deadline: 0 });
    await clock.advanceAsync(200);
    await waits;
    const event = { name: 'bulkhead', code: 'HF_DEADLINE_EXCEEDED' };
    expect(events).toEqual([
      { ...event, afterMs: 0 },
      { ...event, afterMs: 200 },
    ]);
  });

  test('nothing of those who are served or give up', async () => {
    const { policy, events } = rigOf();
    const permit = policy.tryAcquire();
    const caller = new AbortController();
    const gone = policy.attempt(hang, { signal: caller.signal });
    caller.abort();
    await gone;
    const served = policy.execute(() => 1);
    if (permit.admitted) permit.release();
    await served;
    expect(events).toEqual([]);
  });

  test('the same on the channel of limits', async () => {
    const messages = messagesOn(CHANNELS.limit);
    const { policy } = rigOf({ queue: 0 });
    void policy.execute(hang);
    policy.tryAcquire();
    await policy.attempt(hang, { deadline: 0 });
    expect(messages).toEqual([
      { type: 'refusal', policy: 'bulkhead', ...full },
      { type: 'timeout', name: 'bulkhead', code: 'HF_DEADLINE_EXCEEDED', afterMs: 0 },
    ]);
  });

  test('after the state is committed', () => {
    const { policy } = rigOf();
    const seen: unknown[] = [];
    policy.on('refusal', () => seen.push(policy.snapshot()));
    void policy.execute(hang);
    void policy.attempt(hang);
    void policy.attempt(hang);
    policy.update({ queue: 0 });
    expect(seen).toMatchObject([
      { inFlight: 1, waiting: 1, refused: 1 },
      { inFlight: 1, waiting: 0, refused: 2 },
    ]);
  });

  test('a listener that throws, calls or disposes in the middle of it all harms nobody', async () => {
    using warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const { policy, clock } = rigOf({ order: 'priority' });
    const permit = policy.tryAcquire();
    const inner: Promise<unknown>[] = [];
    policy.on('refusal', () => {
      inner.push(policy.attempt(hang, { priority: -1 }));
      if (inner.length === 2) policy[Symbol.dispose]();
      throw new Error('listener');
    });
    const results = [1, 2, 3].map((priority) => policy.attempt(hang, { priority }));
    await clock.advanceAsync(2_000);
    const settled = (await Promise.all(results)).map((each) => !each.ok && each.rejection?.code);
    expect(settled).toEqual(['HF_BULKHEAD_FULL', 'HF_DISPOSED', 'HF_DISPOSED']);
    await Promise.all(inner);
    if (permit.admitted) permit.release();
    expect(policy.snapshot()).toMatchObject({ inFlight: 0, waiting: 0 });
    expect(warn).toHaveBeenCalled();
  });
});
