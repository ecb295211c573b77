import { beforeEach, describe, expect, it } from 'vitest';
import { admitted, benchOf, eventsOf, fail, succeed } from '../support/breaker.ts';
import { hearWarnings } from '../support/warnings.ts';

// Leases that end warn, which is tested elsewhere.
beforeEach(() => void hearWarnings());

describe('an eager breaker', () => {
  it('announces HALF_OPEN without traffic, exactly when the break is over', () => {
    const { breaker, clock } = benchOf({ eager: true });
    const transitions = eventsOf(breaker, 'transition');
    fail(breaker);
    clock.advance(999);
    expect(breaker.state).toBe('OPEN');
    clock.advance(1);
    expect(breaker.state).toBe('HALF_OPEN');
    expect(transitions).toMatchObject([{ to: 'OPEN' }, { to: 'HALF_OPEN', reason: 'break-over' }]);
  });

  it('never keeps the process alive', () => {
    const { breaker, clock } = benchOf({ eager: true });
    fail(breaker);
    expect(clock.pendingTimers).toBe(1);
    expect(clock.holdsProcess).toBe(false);
  });

  it('has no timer while it is closed', () => {
    const { breaker, clock } = benchOf({ eager: true });
    succeed(breaker);
    expect(clock.timersMade).toBe(0);
  });

  it('sees the end of a lease without traffic', () => {
    const { breaker, clock } = benchOf({ eager: true, halfOpen: { leaseMs: 500 } });
    breaker.open(100);
    clock.advance(100);
    admitted(breaker.tryAcquire());
    clock.advance(499);
    expect(breaker.state).toBe('HALF_OPEN');
    clock.advance(1);
    expect(breaker.state).toBe('OPEN');
  });

  it('sees the end of a ramp without traffic', () => {
    const { breaker, clock } = benchOf({
      eager: true,
      halfOpen: { probes: 1, ramp: { from: 0.1, overMs: 2_000 } },
    });
    breaker.open(0);
    succeed(breaker);
    expect(breaker.snapshot().phase).toBe('ramping');
    clock.advance(1_999);
    expect(breaker.state).toBe('HALF_OPEN');
    clock.advance(1);
    expect(breaker.state).toBe('CLOSED');
  });

  it('follows a break that open() lengthens or shortens', () => {
    const { breaker, clock } = benchOf({ eager: true });
    fail(breaker);
    breaker.open(5_000);
    clock.advance(4_999);
    expect(breaker.state).toBe('OPEN');
    breaker.open(10);
    clock.advance(10);
    expect(breaker.state).toBe('HALF_OPEN');
  });

  it('moves in shadow, but not while it is disabled', () => {
    const { breaker, clock } = benchOf({ eager: true });
    breaker.setMode('shadow');
    fail(breaker);
    clock.advance(1_000);
    expect(breaker.state).toBe('HALF_OPEN');
    breaker.open(1_000);
    breaker.setMode('disabled');
    clock.advance(5_000);
    expect(breaker.state).toBe('CLOSED');
    breaker.open(1_000);
    clock.advance(5_000);
    expect(breaker.state).toBe('OPEN');
  });

  it('may be switched on and off by an update', () => {
    const { breaker, clock } = benchOf();
    fail(breaker);
    clock.advance(1_000);
    expect(breaker.state).toBe('OPEN');
    breaker.update({ eager: true });
    clock.advance(0);
    expect(breaker.state).toBe('HALF_OPEN');
    breaker.open(1_000);
    breaker.update({ eager: false });
    clock.advance(5_000);
    expect(breaker.state).toBe('OPEN');
    expect(clock.pendingTimers).toBe(0);
  });

  it('leaves no timer after it is disposed', () => {
    const { breaker, clock } = benchOf({ eager: true });
    fail(breaker);
    breaker[Symbol.dispose]();
    expect(clock.pendingTimers).toBe(0);
    clock.advance(5_000);
    expect(breaker.state).toBe('OPEN');
  });
});
