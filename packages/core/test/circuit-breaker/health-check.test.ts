import { beforeEach, describe, expect, it } from 'vitest';
import { isRejection, type CallContext, type CircuitBreakerOptions } from '../../src/index.ts';
import {
  admitted,
  benchOf,
  deferred,
  eventsOf,
  fail,
  refused,
  settled,
  type Bench,
} from '../support/breaker.ts';
import { hearWarnings } from '../support/warnings.ts';

interface CheckedBench extends Bench {
  /** The context of each check, in the order they were started. */
  readonly checks: CallContext[];
}

/** A breaker that runs `check`, and remembers what it was given. */
const checkedBench = (
  check: (context: CallContext) => unknown,
  options: Partial<CircuitBreakerOptions> = {},
): CheckedBench => {
  const checks: CallContext[] = [];
  const bench = benchOf({
    ...options,
    check: (context) => {
      checks.push(context);
      return check(context);
    },
  });
  return { ...bench, checks };
};

const never = (): Promise<never> => new Promise(() => undefined);

// Leases that end warn, which is tested elsewhere.
beforeEach(() => void hearWarnings());

describe('a breaker with a health check', () => {
  it('recovers without traffic', async () => {
    const { breaker, clock, checks } = checkedBench(() => 'up', { halfOpen: { probes: 3 } });
    const transitions = eventsOf(breaker, 'transition');
    fail(breaker);
    await clock.advanceAsync(999);
    expect(checks).toHaveLength(0);
    await clock.advanceAsync(1);
    await clock.advanceAsync(0);
    await clock.advanceAsync(0);
    expect(breaker.state).toBe('CLOSED');
    expect(checks).toHaveLength(3);
    expect(transitions.map(({ to }) => to)).toEqual(['OPEN', 'HALF_OPEN', 'CLOSED']);
  });

  it('leaves no timer once it is closed again', async () => {
    const { breaker, clock } = checkedBench(() => 'up', { halfOpen: { probes: 1 } });
    fail(breaker);
    await clock.advanceAsync(1_000);
    expect(breaker.state).toBe('CLOSED');
    await clock.advanceAsync(200);
    expect(clock.pendingTimers).toBe(0);
  });

  it('refuses the users’ calls while it probes', async () => {
    const answer = deferred<string>();
    const { breaker, clock } = checkedBench(() => answer.promise, {
      halfOpen: { probes: 1, concurrency: 5 },
    });
    fail(breaker);
    clock.advance(1_000);
    expect(refused(breaker.tryAcquire()).code).toBe('HF_PROBE_LIMIT');
    expect(breaker.snapshot().probes?.unsettled).toBe(1);
    answer.resolve('up');
    await settled();
    expect(admitted(breaker.tryAcquire()).probe).toBe(false);
  });

  it('refuses the user whose call finds the break over before the timer does', () => {
    const { breaker, clock, checks } = checkedBench(never);
    fail(breaker);
    clock.stall(1_000);
    expect(refused(breaker.tryAcquire()).code).toBe('HF_PROBE_LIMIT');
    clock.advance(0);
    expect(checks).toHaveLength(1);
  });

  it('runs one check at a time, whatever the concurrency', async () => {
    const answers = [deferred<void>(), deferred<void>()];
    let running = 0;
    const { breaker, clock } = checkedBench(() => answers[running++]?.promise, {
      halfOpen: { probes: 2, concurrency: 2 },
    });
    fail(breaker);
    await clock.advanceAsync(1_000);
    expect(running).toBe(1);
    answers[0]?.resolve();
    await clock.advanceAsync(0);
    await clock.advanceAsync(0);
    expect(running).toBe(2);
  });

  it('opens again when the check fails, for longer, and asks again after that', async () => {
    const { breaker, clock, checks } = checkedBench(() => Promise.reject(new Error('down')));
    fail(breaker);
    await clock.advanceAsync(1_000);
    expect(breaker.snapshot()).toMatchObject({ state: 'OPEN', consecutiveOpens: 2 });
    await clock.advanceAsync(1_999);
    expect(checks).toHaveLength(1);
    await clock.advanceAsync(1);
    expect(checks).toHaveLength(2);
  });

  it('takes a check that throws at once for a failure', async () => {
    const { breaker, clock } = checkedBench(() => {
      throw new Error('down');
    });
    fail(breaker);
    await clock.advanceAsync(1_000);
    expect(breaker.explain()).toMatchObject({ state: 'OPEN', lastFailure: 'Error: down' });
  });

  it('aborts a check that hangs when its lease is over', async () => {
    const { breaker, clock, checks } = checkedBench(never, { halfOpen: { leaseMs: 400 } });
    fail(breaker);
    await clock.advanceAsync(1_399);
    expect(checks[0]?.signal.aborted).toBe(false);
    await clock.advanceAsync(1);
    expect(checks[0]?.signal.aborted).toBe(true);
    expect(checks[0]?.signal.reason).toSatisfy(isRejection);
    expect(checks[0]?.signal.reason).toMatchObject({ code: 'HF_TIMEOUT', policy: 'payments' });
    expect(breaker.snapshot()).toMatchObject({ state: 'OPEN', consecutiveOpens: 2 });
  });

  it('starts the next check at once where a lease that ended is readmitted', async () => {
    const { breaker, clock, checks } = checkedBench(never, {
      halfOpen: { leaseMs: 400, onLeaseExpiry: 'readmit' },
    });
    fail(breaker);
    await clock.advanceAsync(1_400);
    expect(breaker.state).toBe('HALF_OPEN');
    expect(checks.map(({ signal }) => signal.aborted)).toEqual([true, false]);
  });

  it('never keeps the process alive', () => {
    const { breaker, clock } = checkedBench(never);
    fail(breaker);
    expect(clock.pendingTimers).toBe(1);
    expect(clock.holdsProcess).toBe(false);
    clock.advance(1_000);
    expect(clock.holdsProcess).toBe(false);
  });

  it('aborts the check and leaves no timer when it is disposed', async () => {
    const { breaker, clock, checks } = checkedBench(never);
    fail(breaker);
    await clock.advanceAsync(1_000);
    breaker[Symbol.dispose]();
    expect(checks[0]?.signal.aborted).toBe(true);
    await clock.advanceAsync(200);
    expect(clock.pendingTimers).toBe(0);
    await clock.advanceAsync(60_000);
    expect(checks).toHaveLength(1);
  });

  it('lets a late answer of an abandoned check change nothing', async () => {
    const answer = deferred<string>();
    const { breaker, clock } = checkedBench(() => answer.promise, { halfOpen: { leaseMs: 400 } });
    fail(breaker);
    await clock.advanceAsync(1_400);
    const { generation } = breaker.snapshot();
    answer.resolve('up');
    await settled();
    expect(breaker.snapshot()).toMatchObject({
      state: 'OPEN',
      generation,
      counters: { lateSuccesses: 1 },
    });
  });

  it.each([
    { what: 'a reset', act: ({ breaker }: Bench) => breaker.reset() },
    { what: 'an opening by hand', act: ({ breaker }: Bench) => breaker.open(60_000) },
    { what: 'an isolation', act: ({ breaker }: Bench) => void breaker.isolate('maintenance') },
    { what: 'a change of mode', act: ({ breaker }: Bench) => breaker.setMode('disabled') },
  ])('aborts a check that hangs by the end of its lease also after $what', async ({ act }) => {
    const bench = checkedBench(never, { halfOpen: { leaseMs: 400 } });
    fail(bench.breaker);
    await bench.clock.advanceAsync(1_100);
    act(bench);
    await bench.clock.advanceAsync(1_000);
    expect(bench.checks[0]?.signal.aborted).toBe(true);
  });

  it('aborts a check that hangs also where a user’s call sees the end of its lease first', async () => {
    const { breaker, clock, checks } = checkedBench(never, { halfOpen: { leaseMs: 50 } });
    fail(breaker);
    await clock.advanceAsync(1_000);
    clock.stall(60);
    expect(refused(breaker.tryAcquire()).code).toBe('HF_CIRCUIT_OPEN');
    await clock.advanceAsync(100);
    expect(checks[0]?.signal.aborted).toBe(true);
  });

  it('does not check while it is isolated, and goes on after', async () => {
    const { breaker, clock, checks } = checkedBench(() => 'up', { halfOpen: { probes: 1 } });
    fail(breaker);
    const isolation = breaker.isolate('maintenance');
    await clock.advanceAsync(10_000);
    expect(checks).toHaveLength(0);
    isolation[Symbol.dispose]();
    await clock.advanceAsync(0);
    expect(checks).toHaveLength(1);
    expect(breaker.state).toBe('CLOSED');
  });

  it('does not check while it is disabled', async () => {
    const { breaker, clock, checks } = checkedBench(() => 'up');
    breaker.setMode('disabled');
    breaker.open(1_000);
    await clock.advanceAsync(10_000);
    expect(checks).toHaveLength(0);
  });

  it('checks again from the next break on when an update takes the check away and gives one back', async () => {
    const { breaker, clock, checks } = checkedBench(() => 'up', { halfOpen: { probes: 1 } });
    breaker.update({ check: undefined });
    fail(breaker);
    await clock.advanceAsync(5_000);
    expect(checks).toHaveLength(0);
    expect(breaker.state).toBe('OPEN');
    let given = 0;
    breaker.update({ check: () => given++ });
    await clock.advanceAsync(0);
    expect(given).toBe(1);
  });

  it('waits for a user’s probe that was under way when the check was given to it', () => {
    const { breaker, clock } = benchOf({ halfOpen: { probes: 2 } });
    // Fails instead of hanging where the timer never comes to rest.
    let turns = 0;
    const now = clock.now.bind(clock);
    clock.now = () => {
      if (turns++ > 10_000) throw new Error('the timer fires for ever');
      return now();
    };
    breaker.open(0);
    const probe = admitted(breaker.tryAcquire());
    let checks = 0;
    breaker.update({ check: () => checks++ });
    clock.advance(10);
    expect(checks).toBe(0);
    probe.success();
    clock.advance(0);
    expect(checks).toBe(1);
  });

  it('gives the check a context without a caller', async () => {
    const { breaker, clock, checks } = checkedBench(() => 'up', { halfOpen: { probes: 1 } });
    fail(breaker);
    await clock.advanceAsync(1_000);
    expect(checks[0]).toMatchObject({ attempt: 1, deadline: undefined, key: undefined });
    expect(checks[0]?.remainingMs()).toBe(Infinity);
  });
});
