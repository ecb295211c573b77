import { getEventListeners } from 'node:events';
import { beforeEach, describe, expect, it } from 'vitest';
import type { CircuitBreaker, CircuitBreakerOptions, Permit, Refusal } from '../../src/index.ts';
import { admitted, dueBenchOf, refused, settled, type Bench } from '../support/breaker.ts';
import { hearWarnings } from '../support/warnings.ts';

interface WaitingBench extends Bench {
  /** The probe that holds the only slot. */
  readonly probe: Permit;
}

const waitingBench = (options: Partial<CircuitBreakerOptions> = {}): WaitingBench => {
  const bench = dueBenchOf({
    ...options,
    halfOpen: { probes: 2, overflow: { waitMs: 500, max: 3 }, ...options.halfOpen },
  });
  return { ...bench, probe: admitted(bench.breaker.tryAcquire()) };
};

interface Waiting {
  readonly controller: AbortController;
  readonly promise: Promise<Permit | Refusal>;
  answer: Permit | Refusal | undefined;
}

const waits = (breaker: CircuitBreaker): Waiting => {
  const controller = new AbortController();
  const promise = breaker.acquire({ signal: controller.signal });
  const waiting: Waiting = { controller, promise, answer: undefined };
  promise.then(
    (answer) => (waiting.answer = answer),
    () => undefined,
  );
  return waiting;
};

const threeWaiting = (breaker: CircuitBreaker): readonly [Waiting, Waiting, Waiting] => [
  waits(breaker),
  waits(breaker),
  waits(breaker),
];

/** Per waiter: `probe`, `call`, the code of its refusal, or `waiting`. */
const answersOf = async (waiting: readonly Waiting[]): Promise<string[]> => {
  await settled();
  return waiting.map(({ answer }) => {
    if (answer === undefined) return 'waiting';
    if (!answer.admitted) return answer.code;
    return answer.probe ? 'probe' : 'call';
  });
};

const listenersOn = ({ controller }: Waiting): number =>
  getEventListeners(controller.signal, 'abort').length;

// Leases that end warn, which is tested elsewhere.
beforeEach(() => void hearWarnings());

describe('a call that waits for a probe slot', () => {
  it('is served in the order it came, and before newcomers', async () => {
    const { breaker, probe } = waitingBench({ halfOpen: { probes: 4 } });
    const waiting = threeWaiting(breaker);
    probe.success();
    expect(refused(breaker.tryAcquire()).code).toBe('HF_PROBE_LIMIT');
    expect(await answersOf(waiting)).toEqual(['probe', 'waiting', 'waiting']);
    admitted(await waiting[0].promise).success();
    expect(await answersOf(waiting)).toEqual(['probe', 'probe', 'waiting']);
  });

  it('gets a slot that was given back unused at once', async () => {
    const { breaker, probe } = waitingBench();
    const waiting = waits(breaker);
    probe.ignore();
    expect(breaker.snapshot()).toMatchObject({ waiting: 0, probes: { unsettled: 1 } });
    expect(await answersOf([waiting])).toEqual(['probe']);
  });

  it('is refused at once when the line is full', async () => {
    const { breaker } = waitingBench();
    const waiting = threeWaiting(breaker);
    const fourth = waits(breaker);
    expect(breaker.snapshot().waiting).toBe(3);
    expect(await answersOf([...waiting, fourth])).toEqual([
      'waiting',
      'waiting',
      'waiting',
      'HF_PROBE_LIMIT',
    ]);
  });

  it('is refused after waitMs', async () => {
    const { breaker, clock } = waitingBench();
    const first = waits(breaker);
    await clock.advanceAsync(200);
    const second = waits(breaker);
    await clock.advanceAsync(299);
    expect(await answersOf([first, second])).toEqual(['waiting', 'waiting']);
    await clock.advanceAsync(1);
    expect(await answersOf([first, second])).toEqual(['HF_PROBE_LIMIT', 'waiting']);
    await clock.advanceAsync(200);
    expect(await answersOf([first, second])).toEqual(['HF_PROBE_LIMIT', 'HF_PROBE_LIMIT']);
  });

  it('does not wait by tryAcquire, nor by executeSync', () => {
    const { breaker } = waitingBench();
    expect(refused(breaker.tryAcquire()).code).toBe('HF_PROBE_LIMIT');
    expect(() => breaker.executeSync(() => 1)).toThrow('admits no further call');
    expect(breaker.snapshot().waiting).toBe(0);
  });

  it('runs by execute and attempt when its turn comes', async () => {
    const { breaker, probe } = waitingBench();
    const executed = breaker.execute(() => 'first');
    const attempted = breaker.attempt(() => 'second');
    expect(breaker.snapshot().waiting).toBe(2);
    probe.success();
    await expect(executed).resolves.toBe('first');
    await expect(attempted).resolves.toEqual({ ok: true, value: 'second' });
    expect(breaker.state).toBe('CLOSED');
  });

  it('keeps the process alive, and only as long as it waits', async () => {
    const { breaker, probe, clock } = waitingBench();
    const waiting = waits(breaker);
    expect(clock.holdsProcess).toBe(true);
    probe.ignore();
    expect(clock.holdsProcess).toBe(false);
    expect(await answersOf([waiting])).toEqual(['probe']);
  });

  it('gets the slot of a probe whose lease ended, where that is readmitted', async () => {
    const { breaker, clock } = waitingBench({
      halfOpen: { leaseMs: 300, onLeaseExpiry: 'readmit' },
    });
    const waiting = waits(breaker);
    await clock.advanceAsync(299);
    expect(await answersOf([waiting])).toEqual(['waiting']);
    await clock.advanceAsync(1);
    expect(await answersOf([waiting])).toEqual(['probe']);
  });

  it('is refused when the lease that ended opens the circuit', async () => {
    const { breaker, clock } = waitingBench({ halfOpen: { leaseMs: 300 } });
    const waiting = threeWaiting(breaker);
    await clock.advanceAsync(300);
    expect(await answersOf(waiting)).toEqual(Array(3).fill('HF_CIRCUIT_OPEN'));
    expect(breaker.state).toBe('OPEN');
  });
});

describe('an abort', () => {
  it('takes the call out of the line, rejects with its reason and leaves no listener', async () => {
    const { breaker, probe } = waitingBench();
    const waiting = threeWaiting(breaker);
    expect(listenersOn(waiting[0])).toBe(1);
    const reason = { gone: true };
    waiting[0].controller.abort(reason);
    await expect(waiting[0].promise).rejects.toBe(reason);
    expect(breaker.snapshot().waiting).toBe(2);
    expect(listenersOn(waiting[0])).toBe(0);
    probe.ignore();
    expect(await answersOf(waiting.slice(1))).toEqual(['probe', 'waiting']);
  });

  it('by the last that waits leaves no timer that keeps the process alive', async () => {
    const { breaker, clock } = waitingBench();
    const waiting = waits(breaker);
    waiting.controller.abort();
    expect(clock.holdsProcess).toBe(false);
    await expect(waiting.promise).rejects.toThrow('aborted');
  });

  it('before the wait rejects at once and counts nothing', async () => {
    const { breaker } = waitingBench();
    const { counters } = breaker.snapshot();
    const reason = new Error('gone');
    await expect(breaker.acquire({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(breaker.snapshot()).toMatchObject({ waiting: 0, counters });
  });

  it('after the slot was given returns it, and the call is not made', async () => {
    const { breaker, probe } = waitingBench();
    const controller = new AbortController();
    let called = false;
    const execution = breaker.execute(() => (called = true), { signal: controller.signal });
    probe.ignore();
    controller.abort(new Error('gone'));
    await expect(execution).rejects.toThrow('gone');
    expect(called).toBe(false);
    expect(breaker.snapshot()).toMatchObject({ inFlight: 0, probes: { unsettled: 0 } });
  });

  it('of an execution that waits rejects with its reason', async () => {
    const { breaker } = waitingBench();
    const controller = new AbortController();
    const execution = breaker.execute(() => 1, { signal: controller.signal });
    const attempt = breaker.attempt(() => 1, { signal: controller.signal });
    const reason = new Error('gone');
    controller.abort(reason);
    await expect(execution).rejects.toBe(reason);
    await expect(attempt).resolves.toMatchObject({ ok: false, error: reason });
    expect(breaker.snapshot().waiting).toBe(0);
  });
});

describe('those who wait', () => {
  it.each([
    { what: 'the circuit closes', act: ({ probe }: WaitingBench) => probe.success(), code: 'call' },
    {
      what: 'the circuit opens',
      act: ({ probe }: WaitingBench) => probe.failure(),
      code: 'HF_CIRCUIT_OPEN',
    },
    {
      what: 'it is opened by hand',
      act: ({ breaker }: WaitingBench) => breaker.open(),
      code: 'HF_CIRCUIT_OPEN',
    },
    { what: 'it is reset', act: ({ breaker }: WaitingBench) => breaker.reset(), code: 'call' },
    {
      what: 'it is isolated',
      act: ({ breaker }: WaitingBench) => void breaker.isolate('maintenance'),
      code: 'HF_CIRCUIT_ISOLATED',
    },
    {
      what: 'it is disabled',
      act: ({ breaker }: WaitingBench) => breaker.setMode('disabled'),
      code: 'call',
    },
    {
      what: 'it only watches',
      act: ({ breaker }: WaitingBench) => breaker.setMode('shadow'),
      code: 'call',
    },
    {
      what: 'an open circuit is restored',
      act: ({ breaker }: WaitingBench) =>
        breaker.restore({ ...breaker.save(), state: 'OPEN', openForMs: 1_000 }),
      code: 'HF_CIRCUIT_OPEN',
    },
    {
      what: 'a closed circuit is restored',
      act: ({ breaker }: WaitingBench) => breaker.restore({ ...breaker.save(), state: 'CLOSED' }),
      code: 'call',
    },
    {
      what: 'it is disposed',
      act: ({ breaker }: WaitingBench) => breaker[Symbol.dispose](),
      code: 'HF_DISPOSED',
    },
  ])('hear $code when $what', async ({ act, code }) => {
    const bench = waitingBench({ halfOpen: { probes: 1 } });
    const waiting = threeWaiting(bench.breaker);
    act(bench);
    const answers = await answersOf(waiting);
    // After a change of mode to shadow the first in line probes: the circuit is open with nothing to wait.
    const expected = bench.breaker.mode === 'shadow' ? ['probe', code, code] : [code, code, code];
    expect(answers).toEqual(expected);
    expect(bench.breaker.snapshot().waiting).toBe(0);
    expect(bench.clock.holdsProcess).toBe(false);
    expect(waiting.map(listenersOn)).toEqual([0, 0, 0]);
  });

  it('are drawn for like any call when a ramp begins', async () => {
    const rolls = [0.05, 0.5, 0.05];
    const { breaker, probe } = waitingBench({
      halfOpen: { probes: 1, ramp: { from: 0.1, overMs: 1_000 } },
      random: () => rolls.shift() ?? 0.5,
    });
    const waiting = threeWaiting(breaker);
    probe.success();
    expect(breaker.snapshot().phase).toBe('ramping');
    expect(await answersOf(waiting)).toEqual(['call', 'HF_PROBE_LIMIT', 'call']);
  });

  it('stand behind one timer', () => {
    const { breaker, clock } = waitingBench();
    threeWaiting(breaker);
    expect(clock.pendingTimers).toBe(1);
  });
});
