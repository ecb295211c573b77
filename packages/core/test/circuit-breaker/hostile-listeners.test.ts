import { describe, expect, it } from 'vitest';
import type { BreakerEvents } from '../../src/index.ts';
import {
  admitted,
  benchOf,
  dueBenchOf,
  eventsOf,
  fail,
  refused,
  settled,
  succeed,
} from '../support/breaker.ts';

describe('a listener', () => {
  it('that calls through the circuit it hears of sees the committed state', () => {
    const { breaker, clock } = benchOf({ halfOpen: { probes: 1 } });
    const seen: unknown[] = [];
    breaker.on('transition', ({ to }) => {
      const answer = breaker.tryAcquire();
      seen.push([to, breaker.state, answer.admitted ? 'admitted' : answer.code]);
      if (answer.admitted) answer.ignore();
    });
    fail(breaker);
    clock.advance(1_000);
    succeed(breaker);
    expect(seen).toEqual([
      ['OPEN', 'OPEN', 'HF_CIRCUIT_OPEN'],
      ['HALF_OPEN', 'HALF_OPEN', 'HF_PROBE_LIMIT'],
      ['CLOSED', 'CLOSED', 'admitted'],
    ]);
  });

  it('that changes the circuit has its events queued behind', () => {
    const { breaker } = benchOf();
    const heard: string[] = [];
    breaker.on('transition', ({ to }) => {
      heard.push(`first hears ${to}`);
      if (to === 'OPEN') breaker.reset();
    });
    breaker.on('transition', ({ to }) => heard.push(`second hears ${to}`));
    fail(breaker);
    expect(heard).toEqual([
      'first hears OPEN',
      'second hears OPEN',
      'first hears CLOSED',
      'second hears CLOSED',
    ]);
  });

  it('that disposes the circuit still hears how those who waited were refused', async () => {
    const { breaker } = dueBenchOf({ halfOpen: { overflow: { waitMs: 100, max: 1 } } });
    admitted(breaker.tryAcquire());
    const waiting = breaker.acquire();
    const codes: string[] = [];
    breaker.on('refusal', ({ code }) => {
      codes.push(code);
      breaker[Symbol.dispose]();
    });
    breaker.tryAcquire();
    expect(refused(await waiting).code).toBe('HF_DISPOSED');
    expect(codes).toEqual(['HF_PROBE_LIMIT', 'HF_DISPOSED']);
  });

  it.each(['transition', 'refusal', 'outcome'] as const)(
    'of %s that throws or rejects changes nothing and is reported once',
    async (name: keyof BreakerEvents) => {
      const { breaker, reports } = benchOf();
      const [thrown, rejected] = [new Error('thrown'), new Error('rejected')];
      let heard = 0;
      breaker.on(name, () => {
        throw thrown;
      });
      breaker.on(name, () => Promise.reject(rejected) as never);
      breaker.on(name, () => heard++);
      await breaker.attempt(() => Promise.reject(new Error('down')));
      breaker.tryAcquire();
      await settled();
      expect(breaker.snapshot()).toMatchObject({ state: 'OPEN', inFlight: 0 });
      expect(heard).toBe(1);
      expect(reports).toEqual([
        { error: thrown, source: 'listener' },
        { error: rejected, source: 'listener' },
      ]);
    },
  );
});

describe('a disposed circuit', () => {
  it('emits nothing but the refusals of those who waited', async () => {
    const { breaker } = dueBenchOf({ halfOpen: { overflow: { waitMs: 100, max: 1 } } });
    const refusals = eventsOf(breaker, 'refusal');
    const probe = admitted(breaker.tryAcquire());
    const waiting = breaker.acquire();
    breaker[Symbol.dispose]();
    expect(refused(await waiting).code).toBe('HF_DISPOSED');
    const later = [eventsOf(breaker, 'refusal'), eventsOf(breaker, 'outcome')];
    refused(breaker.tryAcquire());
    probe.failure();
    expect(refusals).toMatchObject([{ code: 'HF_DISPOSED' }]);
    expect(later).toEqual([[], []]);
    expect(breaker.snapshot()).toMatchObject({ inFlight: 0, counters: { lateFailures: 1 } });
  });

  it('refuses calls and commands, and goes on answering reads', async () => {
    const { breaker } = benchOf();
    const saved = breaker.save();
    breaker[Symbol.dispose]();
    breaker[Symbol.dispose]();
    await expect(breaker.execute(() => 1)).rejects.toMatchObject({ code: 'HF_DISPOSED' });
    expect(() => breaker.executeSync(() => 1)).toThrow('policy "payments" is disposed');
    const commands = [
      () => breaker.open(),
      () => breaker.reset(),
      () => breaker.update({}),
      () => breaker.restore(saved),
      () => breaker.isolate('maintenance'),
      () => breaker.setMode('shadow'),
    ];
    for (const command of commands) {
      expect(command).toThrow(expect.objectContaining({ code: 'HF_DISPOSED' }) as Error);
    }
    expect(breaker.save()).toEqual(saved);
    expect(breaker.explain().state).toBe('CLOSED');
  });
});
