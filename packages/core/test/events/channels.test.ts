import { channel } from 'node:diagnostics_channel';
import { describe, expect, it } from 'vitest';
import {
  bulkhead,
  CHANNELS,
  countWindow,
  deadline,
  rateLimit,
  retry,
  timeout,
  type CircuitBreakerOptions,
} from '../../src/index.ts';
import { virtualClock } from '../../src/testing/index.ts';
import { admitted, benchOf, dueBenchOf, fail, refused, succeed } from '../support/breaker.ts';
import { hang } from '../support/calls.ts';
import { messagesOn } from '../support/channel-messages.ts';
import { hearWarnings } from '../support/warnings.ts';

const halfOpen: CircuitBreakerOptions['halfOpen'] = { probes: 1, leaseMs: 400 };

describe('the channel holdfast:breaker', () => {
  it('carries each transition', () => {
    const messages = messagesOn('holdfast:breaker');
    const { breaker, clock } = benchOf({ halfOpen });
    fail(breaker);
    clock.advance(1_000);
    succeed(breaker);
    expect(messages).toMatchInlineSnapshot(`
      [
        {
          "from": "CLOSED",
          "generation": 1,
          "name": "payments",
          "openForMs": 1000,
          "reason": "consecutive",
          "to": "OPEN",
          "type": "transition",
        },
        {
          "from": "OPEN",
          "generation": 2,
          "name": "payments",
          "openForMs": undefined,
          "reason": "break-over",
          "to": "HALF_OPEN",
          "type": "transition",
        },
        {
          "from": "HALF_OPEN",
          "generation": 3,
          "name": "payments",
          "openForMs": undefined,
          "reason": "probes-succeeded",
          "to": "CLOSED",
          "type": "transition",
        },
      ]
    `);
  });

  it('carries each refusal', () => {
    const { breaker, clock } = benchOf({ halfOpen });
    fail(breaker);
    const messages = messagesOn('holdfast:breaker');
    clock.advance(400);
    refused(breaker.tryAcquire());
    expect(messages).toMatchInlineSnapshot(`
      [
        {
          "code": "HF_CIRCUIT_OPEN",
          "name": "payments",
          "retryAfterMs": 600,
          "type": "refusal",
        },
      ]
    `);
  });

  it('carries what a circuit in shadow would refuse', () => {
    const { breaker } = benchOf();
    breaker.setMode('shadow');
    fail(breaker);
    const messages = messagesOn('holdfast:breaker');
    admitted(breaker.tryAcquire());
    expect(messages).toMatchInlineSnapshot(`
      [
        {
          "code": "HF_CIRCUIT_OPEN",
          "name": "payments",
          "type": "wouldRefuse",
        },
      ]
    `);
  });

  it('carries each change of mode', () => {
    const messages = messagesOn('holdfast:breaker');
    const { breaker } = benchOf();
    breaker.setMode('disabled');
    breaker.setMode('disabled');
    expect(messages).toMatchInlineSnapshot(`
      [
        {
          "from": "automatic",
          "name": "payments",
          "to": "disabled",
          "type": "mode",
        },
      ]
    `);
  });

  it('carries the first isolation and the last release', () => {
    const messages = messagesOn('holdfast:breaker');
    const { breaker } = benchOf();
    const isolations = [breaker.isolate('maintenance'), breaker.isolate('incident 7')];
    for (const isolation of isolations) isolation[Symbol.dispose]();
    expect(messages).toMatchInlineSnapshot(`
      [
        {
          "isolated": true,
          "name": "payments",
          "reasons": [
            "maintenance",
          ],
          "type": "isolation",
        },
        {
          "isolated": false,
          "name": "payments",
          "reasons": [],
          "type": "isolation",
        },
      ]
    `);
  });

  it('carries the start of a ramp', () => {
    const { breaker } = dueBenchOf({ halfOpen: { ...halfOpen, ramp: { from: 0.1, overMs: 500 } } });
    const probe = admitted(breaker.tryAcquire());
    const messages = messagesOn('holdfast:breaker');
    probe.success();
    expect(messages).toMatchInlineSnapshot(`
      [
        {
          "from": 0.1,
          "name": "payments",
          "overMs": 500,
          "type": "ramp",
        },
      ]
    `);
  });

  it('carries the end of a lease', () => {
    hearWarnings();
    const { breaker, clock } = dueBenchOf({ halfOpen });
    admitted(breaker.tryAcquire());
    const messages = messagesOn('holdfast:breaker');
    clock.advance(400);
    breaker.tryAcquire();
    expect(messages).toMatchInlineSnapshot(`
      [
        {
          "action": "reopen",
          "leaseMs": 400,
          "name": "payments",
          "type": "lease",
        },
        {
          "from": "HALF_OPEN",
          "generation": 3,
          "name": "payments",
          "openForMs": 1000,
          "reason": "lease-expired",
          "to": "OPEN",
          "type": "transition",
        },
        {
          "code": "HF_CIRCUIT_OPEN",
          "name": "payments",
          "retryAfterMs": 1000,
          "type": "refusal",
        },
      ]
    `);
  });
});

describe('the channel holdfast:call', () => {
  it('carries how each call ended', async () => {
    const messages = messagesOn('holdfast:call');
    const { breaker, clock } = benchOf({ trip: countWindow({ size: 9, slowMs: 100 }) });
    await breaker.execute(() => 1);
    await breaker.attempt(() => Promise.reject(new Error('down')));
    await breaker.attempt(() => Promise.reject(new DOMException('gone', 'AbortError')));
    const slow = admitted(breaker.tryAcquire());
    clock.advance(150);
    slow.success();
    expect(messages).toMatchInlineSnapshot(`
      [
        {
          "durationMs": 0,
          "late": false,
          "name": "payments",
          "outcome": "success",
          "policy": "circuit-breaker",
          "probe": false,
        },
        {
          "durationMs": 0,
          "late": false,
          "name": "payments",
          "outcome": "failure",
          "policy": "circuit-breaker",
          "probe": false,
        },
        {
          "durationMs": 0,
          "late": false,
          "name": "payments",
          "outcome": "ignored",
          "policy": "circuit-breaker",
          "probe": false,
        },
        {
          "durationMs": 150,
          "late": false,
          "name": "payments",
          "outcome": "slow",
          "policy": "circuit-breaker",
          "probe": false,
        },
      ]
    `);
  });

  it('tells probes and late calls apart', () => {
    const { breaker, clock } = benchOf({ halfOpen });
    const messages = messagesOn('holdfast:call');
    const late = admitted(breaker.tryAcquire());
    breaker.open(1_000);
    clock.advance(1_000);
    succeed(breaker);
    late.failure();
    expect(messages).toMatchInlineSnapshot(`
      [
        {
          "durationMs": 0,
          "late": false,
          "name": "payments",
          "outcome": "success",
          "policy": "circuit-breaker",
          "probe": true,
        },
        {
          "durationMs": 1000,
          "late": true,
          "name": "payments",
          "outcome": "failure",
          "policy": "circuit-breaker",
          "probe": false,
        },
      ]
    `);
  });

  it('carries a call that was under way when somebody subscribed, without its duration', () => {
    const { breaker, clock } = benchOf();
    const permit = admitted(breaker.tryAcquire());
    clock.advance(50);
    const messages = messagesOn('holdfast:call');
    permit.success();
    expect(messages).toMatchObject([{ outcome: 'success', durationMs: undefined }]);
  });

  it('carries nothing of a call that was not recorded', () => {
    const { breaker } = benchOf();
    breaker.setMode('disabled');
    const messages = messagesOn('holdfast:call');
    succeed(breaker);
    expect(messages).toEqual([]);
  });
});

const failing = (): Promise<never> => Promise.reject(new Error('down'));

describe('the channel holdfast:retry', () => {
  it('carries each further attempt, the end of them, and what the budget did not allow', async () => {
    const messages = messagesOn('holdfast:retry');
    const clock = virtualClock();
    let credit = 1;
    const budget = {
      deposit: () => undefined,
      withdraw: () => credit-- > 0,
      snapshot: () => ({ credit, granted: 0, refused: 0 }),
    };
    const backoff = { kind: 'constant', baseMs: 100, jitter: 'none' } as const;
    const policy = retry({ name: 'shop', attempts: 2, clock, budget, backoff });
    const results = [policy.attempt(failing)];
    await clock.advanceAsync(100);
    results.push(policy.attempt(failing));
    await Promise.all(results);
    expect(messages).toEqual([
      { type: 'retry', name: 'shop', attempt: 1, delayMs: 100 },
      { type: 'exhausted', name: 'shop', attempts: 2 },
      { type: 'overBudget', name: 'shop', attempt: 1 },
    ]);
  });
});

describe('the channel holdfast:limit', () => {
  it('carries each call that a limit of time ended, and the end of those that ran on', async () => {
    const messages = messagesOn('holdfast:limit');
    const clock = virtualClock();
    const late = (): Promise<void> =>
      new Promise((resolve) => void clock.setTimer(() => resolve(), 130));
    const results = [
      timeout({ name: 'attempt', timeoutMs: 100, clock }).attempt(late),
      deadline({ name: 'whole', deadlineMs: 120, clock }).attempt(late),
    ];
    await clock.advanceAsync(200);
    await Promise.all(results);
    expect(messages).toEqual([
      { type: 'timeout', name: 'attempt', code: 'HF_TIMEOUT', afterMs: 100 },
      { type: 'timeout', name: 'whole', code: 'HF_DEADLINE_EXCEEDED', afterMs: 120 },
      { type: 'late', name: 'attempt', ok: true, lateMs: 30 },
      { type: 'late', name: 'whole', ok: true, lateMs: 10 },
    ]);
  });

  it('carries each call that a bulkhead or a rate limit turned away', async () => {
    const messages = messagesOn('holdfast:limit');
    const clock = virtualClock();
    const room = bulkhead({ name: 'room', concurrency: 1, clock });
    void room.attempt(hang);
    await room.attempt(hang);
    const calls = rateLimit({ name: 'calls', rate: 1, burst: 1, clock });
    for (const call of [1, 2]) await calls.attempt(() => call);
    expect(messages).toEqual([
      {
        type: 'refusal',
        policy: 'bulkhead',
        name: 'room',
        code: 'HF_BULKHEAD_FULL',
        retryAfterMs: undefined,
      },
      {
        type: 'refusal',
        policy: 'rate-limit',
        name: 'calls',
        code: 'HF_RATE_LIMITED',
        retryAfterMs: 1_000,
      },
    ]);
  });
});

describe('the channels', () => {
  it('have documented names', () => {
    expect(CHANNELS).toMatchInlineSnapshot(`
      {
        "breaker": "holdfast:breaker",
        "call": "holdfast:call",
        "lifecycle": "holdfast:lifecycle",
        "limit": "holdfast:limit",
        "retry": "holdfast:retry",
        "store": "holdfast:store",
      }
    `);
  });

  it('carry messages that are plain JSON', () => {
    const messages = [...['holdfast:breaker', 'holdfast:call'].map(messagesOn)];
    const { breaker, clock } = benchOf({ halfOpen });
    fail(breaker, new Error('down'));
    refused(breaker.tryAcquire());
    clock.advance(1_000);
    succeed(breaker);
    const all = messages.flat();
    expect(all.length).toBeGreaterThan(4);
    expect(JSON.parse(JSON.stringify(all))).toEqual(all.map((message) => definedOf(message)));
  });

  it('carry nothing of a retry or a limit that is disposed', async () => {
    const clock = virtualClock();
    const messages = ['holdfast:retry', 'holdfast:limit'].map(messagesOn);
    const again = retry({ clock, backoff: { baseMs: 0 } });
    const patience = timeout({ timeoutMs: 100, clock });
    for (const policy of [again, patience]) policy[Symbol.dispose]();
    const results = [again.attempt(failing), patience.attempt(hang)];
    await clock.advanceAsync(200);
    await Promise.all(results);
    expect(messages).toEqual([[], []]);
  });

  it('carry nothing of a circuit that is disposed', () => {
    const { breaker } = benchOf();
    const permit = admitted(breaker.tryAcquire());
    const messages = ['holdfast:breaker', 'holdfast:call'].map(messagesOn);
    breaker[Symbol.dispose]();
    permit.success();
    refused(breaker.tryAcquire());
    expect(messages).toEqual([[], []]);
  });

  it('have no subscriber after a breaker was made and used', () => {
    succeed(benchOf().breaker);
    const subscribed = Object.values(CHANNELS).filter((name) => channel(name).hasSubscribers);
    expect(subscribed).toEqual([]);
  });
});

/** A message without what is undefined, as JSON leaves it. */
const definedOf = (message: unknown): object =>
  Object.fromEntries(Object.entries(Object(message)).filter(([, value]) => value !== undefined));
