import { channel } from 'node:diagnostics_channel';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  CHANNELS,
  circuitBreaker,
  consecutive,
  pipeline,
  retry,
  timeout,
} from '../../src/index.ts';
import {
  fails,
  hangs,
  recordTrace,
  scripted,
  succeeds,
  virtualClock,
  type TraceOptions,
} from '../../src/testing/index.ts';
import { benchOf, fail } from '../support/breaker.ts';
import { expectInvalid } from '../support/invalid-option.ts';

type ChannelName = keyof typeof CHANNELS;

const publish = (name: ChannelName, message: object): void =>
  channel(CHANNELS[name]).publish(message);

/** One message somewhere, a while after the last. */
const happenings = fc.array(
  fc.record({
    gapMs: fc.nat(20),
    channel: fc.constantFrom<ChannelName>('call', 'breaker', 'retry', 'limit'),
    name: fc.constantFrom('payments', 'stock', 'search'),
    attempt: fc.nat(),
  }),
);

const heard = (): ChannelName[] =>
  (Object.keys(CHANNELS) as ChannelName[]).filter((name) => channel(CHANNELS[name]).hasSubscribers);

describe('a trace', () => {
  test('is the list of what was published, filtered by name and without calls unless asked', () => {
    const names = fc.option(fc.subarray(['payments', 'stock', 'search']), { nil: undefined });
    fc.assert(
      fc.property(happenings, names, fc.boolean(), (list, chosen, calls) => {
        const clock = virtualClock();
        using trace = recordTrace({ clock, names: chosen, calls });
        for (const { gapMs, channel: where, ...message } of list) {
          clock.advance(gapMs);
          publish(where, message);
        }
        let atMs = 0;
        const all = list.map(({ gapMs, ...event }) => ({ ...event, atMs: (atMs += gapMs) }));
        const expected = all
          .filter((event) => calls || event.channel !== 'call')
          .filter(({ name }) => chosen === undefined || chosen.includes(name));
        expect(trace.events).toEqual(expected);
      }),
    );
    expect(heard()).toEqual([]);
  });

  test('stops when it is disposed, keeps its events, and leaves nobody subscribed', () => {
    const trace = recordTrace({ calls: true });
    expect(heard()).toEqual(Object.keys(CHANNELS));
    publish('retry', { type: 'exhausted', name: 'shop', attempts: 3 });
    trace[Symbol.dispose]();
    publish('retry', { type: 'exhausted', name: 'shop', attempts: 3 });
    expect(trace.events).toHaveLength(1);
    expect(heard()).toEqual([]);
    trace[Symbol.dispose]();
  });

  test('begins anew when it is cleared, and spares what was read before', () => {
    using trace = recordTrace();
    const { events } = trace;
    publish('retry', { type: 'exhausted', name: 'shop', attempts: 3 });
    trace.clear();
    expect([events.length, trace.events.length, trace.lines().length]).toEqual([1, 0, 0]);
    publish('retry', { type: 'exhausted', name: 'search', attempts: 2 });
    expect(trace.lines()).toHaveLength(1);
  });

  test('makes no breaker measure its calls unless it is asked to', async () => {
    const { breaker, clock } = benchOf({ trip: consecutive(9) });
    using without = recordTrace({ clock });
    expect(channel(CHANNELS.call).hasSubscribers).toBe(false);
    await breaker.execute(() => 'paid');
    expect(without.events).toEqual([]);

    using trace = recordTrace({ clock, calls: true });
    await clock.runUntilSettled(breaker.execute(scripted(succeeds('paid').after(30), { clock })));
    expect(trace.lines()).toEqual(['30 ms  call payments: success, after 30 ms']);
  });

  test('two traces hear the same', () => {
    using one = recordTrace();
    using other = recordTrace();
    publish('retry', { type: 'exhausted', name: 'shop', attempts: 3 });
    expect(one.lines()).toHaveLength(1);
    expect(other.lines()).toHaveLength(1);
  });

  test.for<{ options: unknown; option: string; value: unknown }>([
    { options: { clock: 3 }, option: 'clock', value: 3 },
    { options: { names: 'payments' }, option: 'names', value: 'payments' },
    { options: { names: [''] }, option: 'names[]', value: '' },
    { options: { calls: 'yes' }, option: 'calls', value: 'yes' },
    { options: { name: 'payments' }, option: 'recordTrace.name', value: 'payments' },
  ])('refuses $option = $value, and subscribes to nothing', ({ options, option, value }) => {
    expectInvalid(() => recordTrace(options as TraceOptions), { type: TypeError, option, value });
    expect(heard()).toEqual([]);
  });
});

describe('the lines of a trace', () => {
  test('retry > breaker > timeout: tell a whole incident', async () => {
    const clock = virtualClock();
    const fixed = { baseMs: 100, jitter: 'none' } as const;
    const stack = pipeline(
      retry({ name: 'again', attempts: 3, backoff: fixed, clock }),
      circuitBreaker({
        name: 'payments',
        trip: consecutive(2),
        open: { baseMs: 1_000, jitter: 0 },
        halfOpen: { probes: 1 },
        clock,
      }),
      timeout({ name: 'patience', timeoutMs: 50, clock }),
    );
    const dependency = scripted(fails().then(hangs()).then(succeeds('paid')), { clock });
    using trace = recordTrace({ clock });
    await clock.runUntilSettled(stack.attempt(dependency));
    await clock.advanceAsync(1_000);
    await clock.runUntilSettled(stack.execute(dependency));
    expect(trace.lines()).toEqual([
      '0 ms  retry again: attempt 1 in vain, next in 100 ms',
      '150 ms  breaker payments: CLOSED -> OPEN (consecutive), for 1000 ms',
      '150 ms  limit patience: ended after 50 ms, HF_TIMEOUT',
      '150 ms  retry again: attempt 2 in vain, next in 200 ms',
      '350 ms  breaker payments: refused, HF_CIRCUIT_OPEN, retry in 800 ms',
      '350 ms  retry again: all 3 attempts in vain',
      '1350 ms  breaker payments: OPEN -> HALF_OPEN (break-over)',
      '1350 ms  breaker payments: HALF_OPEN -> CLOSED (probes-succeeded)',
    ]);
  });

  test('tell what is done to a breaker by hand', () => {
    const { breaker, clock } = benchOf();
    using trace = recordTrace({ clock, names: ['payments'] });
    const hold = breaker.isolate('schema migration');
    hold[Symbol.dispose]();
    breaker.setMode('shadow');
    fail(breaker);
    breaker.tryAcquire();
    expect(trace.lines()).toEqual([
      '0 ms  breaker payments: isolated (schema migration)',
      '0 ms  breaker payments: isolated no more',
      '0 ms  breaker payments: mode automatic -> shadow',
      '0 ms  breaker payments: CLOSED -> OPEN (consecutive), for 1000 ms',
      '0 ms  breaker payments: would refuse, HF_CIRCUIT_OPEN',
    ]);
  });

  test.for<{ where: ChannelName; message: object; line: string }>([
    {
      where: 'breaker',
      message: { type: 'ramp', from: 0.1, overMs: 5_000 },
      line: 'breaker x: ramp from 0.1, over 5000 ms',
    },
    {
      where: 'breaker',
      message: { type: 'lease', leaseMs: 30_000, action: 'reopen' },
      line: 'breaker x: probe revoked after 30000 ms, reopen',
    },
    {
      where: 'retry',
      message: { type: 'overBudget', attempt: 1 },
      line: 'retry x: attempt 1 in vain, budget spent',
    },
    {
      where: 'retry',
      message: { type: 'retry', attempt: 2, delayMs: 33.3 },
      line: 'retry x: attempt 2 in vain, next in 33 ms',
    },
    {
      where: 'limit',
      message: { type: 'refusal', policy: 'bulkhead', code: 'HF_BULKHEAD_FULL' },
      line: 'limit x: refused, HF_BULKHEAD_FULL',
    },
    {
      where: 'limit',
      message: { type: 'late', ok: true, lateMs: 400 },
      line: 'limit x: late success, 400 ms after its end',
    },
    {
      where: 'limit',
      message: { type: 'late', ok: false, lateMs: 1 },
      line: 'limit x: late failure, 1 ms after its end',
    },
    {
      where: 'call',
      message: { outcome: 'ignored', probe: true, late: true, durationMs: undefined },
      line: 'call x: ignored, a probe, late',
    },
  ])('tell $where $message.type', ({ where, message, line }) => {
    using trace = recordTrace({ clock: virtualClock({ nowMs: 12.4 }), calls: true });
    publish(where, { name: 'x', ...message });
    expect(trace.lines()).toEqual([`12 ms  ${line}`]);
  });
});
