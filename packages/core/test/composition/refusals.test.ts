import { describe, expect, test } from 'vitest';
import { consecutive, HoldfastError, pipeline } from '../../src/index.ts';
import { admitted } from '../support/breaker.ts';
import { hang } from '../support/calls.ts';
import { hearWarnings } from '../support/warnings.ts';
import { boom, expectNothingLeft, Kit, rejectedWith, wholeOf, type Whole } from './kit.ts';

/** Brings a whole stack to where it refuses; what it returns is called when the test is over. */
type Arrange = (whole: Whole, kit: Kit) => (() => void) | void;

interface Refusing {
  readonly layer: string;
  readonly code: string;
  readonly arrange: Arrange;
  /** When the caller hears of it. */
  readonly afterMs?: number;
}

const SLOTS = { concurrency: 1, queue: 1, maxWaitMs: 300 };

const takeSlot: Arrange = ({ slots }) => {
  const slot = slots.tryAcquire();
  return () => slot.admitted && slot.release();
};

const layers: readonly Refusing[] = [
  {
    layer: 'an open circuit',
    code: 'HF_CIRCUIT_OPEN',
    arrange: ({ breaker }) => breaker.open(5_000),
  },
  {
    layer: 'an isolated circuit',
    code: 'HF_CIRCUIT_ISOLATED',
    arrange: ({ breaker }) => void breaker.isolate('drill'),
  },
  {
    layer: 'a circuit whose probe is out',
    code: 'HF_PROBE_LIMIT',
    arrange: ({ breaker }, { clock }) => {
      breaker.open(10);
      clock.advance(10);
      const probe = admitted(breaker.tryAcquire());
      return () => probe.ignore();
    },
  },
  {
    layer: 'a disposed circuit',
    code: 'HF_DISPOSED',
    arrange: ({ breaker }) => breaker[Symbol.dispose](),
  },
  {
    layer: 'a rate that is used up',
    code: 'HF_RATE_LIMITED',
    arrange: ({ limit }) => void limit.take({ cost: 100 }),
  },
  {
    layer: 'a disposed rate limit',
    code: 'HF_DISPOSED',
    arrange: ({ limit }) => limit[Symbol.dispose](),
  },
  {
    layer: 'a rate limit that is disposed of while the call waits',
    code: 'HF_DISPOSED',
    arrange: ({ limit }, { clock }) => {
      limit.update({ rate: 1, burst: 1, maxWaitMs: 2_000 });
      limit.take();
      clock.setTimer(() => limit[Symbol.dispose](), 40);
    },
    afterMs: 40,
  },
  {
    layer: 'a bulkhead without a queue',
    code: 'HF_BULKHEAD_FULL',
    arrange: (whole, kit) => {
      whole.slots.update({ queue: 0 });
      return takeSlot(whole, kit);
    },
  },
  {
    layer: 'a bulkhead in which the wait is too long',
    code: 'HF_BULKHEAD_FULL',
    arrange: takeSlot,
    afterMs: 300,
  },
  {
    layer: 'a bulkhead in which a newer call goes first',
    code: 'HF_BULKHEAD_FULL',
    arrange: (whole, kit) => {
      whole.slots.update({ order: 'lifo' });
      const giveBack = takeSlot(whole, kit);
      const newer = new AbortController();
      const { signal } = newer;
      kit.clock.setTimer(() => void whole.slots.attempt(hang, { signal }), 20);
      return () => {
        newer.abort();
        giveBack?.();
      };
    },
    afterMs: 20,
  },
  {
    layer: 'a disposed bulkhead',
    code: 'HF_DISPOSED',
    arrange: ({ slots }) => slots[Symbol.dispose](),
  },
];

describe('deadline → retry → breaker → rate limit → bulkhead → timeout: no call, no retry, no failure:', () => {
  test.each(layers)('$layer', async ({ code, arrange, afterMs = 0 }) => {
    const kit = new Kit();
    const whole = wholeOf(kit, { slots: SLOTS });
    const release = arrange(whole, kit);
    const from = kit.clock.now();
    const begun = kit.begin(whole.stack, () => 'answer');
    await kit.clock.advanceAsync(afterMs);
    expect(await begun.result).toMatchObject(rejectedWith(code));
    expect(begun.settledAt).toBe(from + afterMs);
    expect(begun.contexts).toHaveLength(0);
    expect(whole.retry.snapshot()).toMatchObject({ retries: 0, exhausted: 0 });
    expect(whole.breaker.snapshot().counters).toMatchObject({ successes: 0, failures: 0 });
    const { admitted: sent, unsent } = whole.limit.snapshot();
    expect(sent - unsent).toBe(code === 'HF_RATE_LIMITED' ? 1 : afterMs === 40 ? 1 : 0);
    release?.();
    expect(whole.slots.snapshot()).toMatchObject({ inFlight: 0, waiting: 0 });
    await expectNothingLeft(kit);
  });

  test('a further attempt that is refused ends the retry', async () => {
    const kit = new Kit();
    const whole = wholeOf(kit);
    const { result, contexts } = kit.begin(whole.stack, () => Promise.reject(boom));
    await kit.clock.advanceAsync(50);
    whole.breaker.isolate('drill');
    await kit.clock.advanceAsync(50);
    expect(await result).toMatchObject(rejectedWith('HF_CIRCUIT_ISOLATED'));
    expect(contexts).toHaveLength(1);
    expect(whole.retry.snapshot()).toMatchObject({ retries: 1, exhausted: 0 });
    await expectNothingLeft(kit);
  });
});

describe('retry → breaker → timeout: what the call itself says of a refusal elsewhere', () => {
  test.each([
    ['as it is', (refusal: Error) => refusal],
    ['as a cause', (cause: Error) => new TypeError('fetch failed', { cause })],
  ])('%s is neither retried nor counted', async (_title, wrap) => {
    const kit = new Kit();
    const breaker = kit.breaker();
    const error = wrap(new HoldfastError({ code: 'HF_BULKHEAD_FULL', policy: 'elsewhere' }));
    const stack = pipeline(kit.retry(), breaker, kit.timeout(100));
    const { result, contexts } = kit.begin(stack, () => Promise.reject(error));
    expect(await result).toEqual({ ok: false, error });
    expect(contexts).toHaveLength(1);
    expect(breaker.snapshot()).toMatchObject({ state: 'CLOSED', counters: { ignored: 1 } });
    await expectNothingLeft(kit);
  });
});

test('breaker → bulkhead: a full bulkhead does not open the circuit', async () => {
  const kit = new Kit();
  const [breaker, slots] = [kit.breaker(), kit.bulkhead()];
  const stack = pipeline(breaker, slots);
  const slot = slots.tryAcquire();
  for (let call = 0; call < 20; call++) {
    expect(await kit.begin(stack, () => 'answer').result).toMatchObject(
      rejectedWith('HF_BULKHEAD_FULL'),
    );
  }
  expect(breaker.snapshot()).toMatchObject({
    state: 'CLOSED',
    inFlight: 0,
    counters: { failures: 0, ignored: 20 },
  });
  if (slot.admitted) slot.release();
  expect(await kit.begin(stack, () => 'answer').result).toEqual({ ok: true, value: 'answer' });
  await expectNothingLeft(kit);
});

test('breaker → rate limit: a rate that is used up does not open the circuit', async () => {
  const kit = new Kit();
  const [breaker, limit] = [kit.breaker(), kit.rateLimit()];
  const stack = pipeline(breaker, limit);
  limit.take();
  for (let call = 0; call < 20; call++) {
    expect(await kit.begin(stack, () => 'answer').result).toMatchObject(
      rejectedWith('HF_RATE_LIMITED'),
    );
  }
  expect(breaker.snapshot()).toMatchObject({ state: 'CLOSED', counters: { ignored: 20 } });
  await kit.clock.advanceAsync(1_000);
  expect(await kit.begin(stack, () => 'answer').result).toEqual({ ok: true, value: 'answer' });
  await expectNothingLeft(kit);
});

test('breaker → bulkhead: a probe that finds no slot is not sent, and the next call is the probe', async () => {
  const kit = new Kit();
  const [breaker, slots] = [kit.breaker({ halfOpen: { probes: 1 } }), kit.bulkhead()];
  const stack = pipeline(breaker, slots);
  breaker.open(10);
  await kit.clock.advanceAsync(10);
  const slot = slots.tryAcquire();
  expect(await kit.begin(stack, () => 'answer').result).toMatchObject(
    rejectedWith('HF_BULKHEAD_FULL'),
  );
  expect(breaker.snapshot()).toMatchObject({ state: 'HALF_OPEN', probes: { unsettled: 0 } });
  if (slot.admitted) slot.release();
  await kit.begin(stack, () => 'answer').result;
  expect(breaker.state).toBe('CLOSED');
  await expectNothingLeft(kit);
});

test('bulkhead → breaker: an open circuit holds no slot', async () => {
  const kit = new Kit();
  const [slots, breaker] = [kit.bulkhead(), kit.breaker()];
  const stack = pipeline(slots, breaker);
  breaker.isolate('drill');
  for (let call = 0; call < 3; call++) {
    expect(await kit.begin(stack, hang).result).toMatchObject(rejectedWith('HF_CIRCUIT_ISOLATED'));
  }
  expect(slots.snapshot()).toMatchObject({ inFlight: 0, admitted: 3 });
  await expectNothingLeft(kit);
});

test('rate limit → breaker: what an open circuit turns away uses no rate', async () => {
  const kit = new Kit();
  const [limit, breaker] = [kit.rateLimit(), kit.breaker()];
  const stack = pipeline(limit, breaker);
  const isolation = breaker.isolate('drill');
  for (let call = 0; call < 5; call++) {
    expect(await kit.begin(stack, hang).result).toMatchObject(rejectedWith('HF_CIRCUIT_ISOLATED'));
  }
  expect(limit.snapshot()).toMatchObject({ admitted: 5, unsent: 5, refused: 0 });
  isolation[Symbol.dispose]();
  expect(await kit.begin(stack, () => 'answer').result).toEqual({ ok: true, value: 'answer' });
  expect(await kit.begin(stack, hang).result).toMatchObject(rejectedWith('HF_RATE_LIMITED'));
  await expectNothingLeft(kit);
});

test('breaker → retry → breaker: the outer one counts one failure, and the refusal of the inner one as none', async () => {
  hearWarnings();
  const kit = new Kit();
  const outer = kit.breaker({ name: 'outer', trip: consecutive(2) });
  const inner = kit.breaker({ name: 'inner', trip: consecutive(2) });
  const stack = pipeline(outer, kit.retry(), inner);
  const { result, contexts } = kit.begin(stack, () => Promise.reject(boom));
  await kit.clock.advanceAsync(1_000);
  expect(await result).toMatchObject(rejectedWith('HF_CIRCUIT_OPEN', 'inner'));
  expect(contexts).toHaveLength(2);
  expect(outer.snapshot().counters).toMatchObject({ failures: 0, ignored: 1 });
  expect(inner.snapshot().counters).toMatchObject({ failures: 2, refused: 1 });
  await expectNothingLeft(kit);
});
