import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  breakerRegistry,
  consecutive,
  type BreakerRegistry,
  type BreakerRegistryEvents,
  type BreakerRegistryOptions,
  type CircuitBreaker,
} from '../../src/index.ts';
import { virtualClock, type VirtualClock } from '../../src/testing/index.ts';
import { admitted, fail, refused, succeed } from '../support/breaker.ts';
import { expectInvalid } from '../support/invalid-option.ts';

interface Bench {
  readonly registry: BreakerRegistry;
  readonly clock: VirtualClock;
  readonly events: (readonly [keyof BreakerRegistryEvents, string])[];
}

const registryOf = (options: Partial<BreakerRegistryOptions> = {}): Bench => {
  const clock = virtualClock();
  const events: Bench['events'] = [];
  const registry = breakerRegistry({
    name: 'tenants',
    clock,
    breaker: () => ({ trip: consecutive(1), open: { baseMs: 1_000, jitter: 0 } }),
    ...options,
  });
  for (const name of ['evicted', 'overflow'] as const) {
    registry.on(name, ({ key }) => void events.push([name, key]));
  }
  return { registry, clock, events };
};

const keysOf = (registry: BreakerRegistry): string[] =>
  Array.from(registry.entries(), ([key]) => key);

interface Known {
  readonly breaker: CircuitBreaker;
  readonly usedAt: number;
  openUntil: number;
  held: number;
}

const IDLE_MS = 3_000;

/** Expects that an entry which went had nothing in flight, was not open, and if it was then long ago. */
const expectSpare = (entry: Known | undefined, now: number): void => {
  expect(entry?.held).toBe(0);
  expect(entry?.openUntil).toBeLessThanOrEqual(now);
  const idleMs = now - (entry?.usedAt ?? now);
  if (entry?.breaker.state !== 'CLOSED') expect(idleMs).toBeGreaterThanOrEqual(IDLE_MS);
};

const expectShared = (breaker: CircuitBreaker): void => {
  expect(breaker.mode).toBe('shadow');
  expect(breaker.tryAcquire().admitted).toBe(true);
};

/** The permit that keeps an entry busy is left unsettled. */
const protect = (registry: BreakerRegistry, key: string, how: 'open' | 'busy'): void => {
  if (how === 'open') fail(registry.get(key));
  else admitted(registry.get(key).tryAcquire());
};

describe('a flood of keys', { timeout: 60_000 }, () => {
  it('never makes a registry larger than it may be', () => {
    const { registry } = registryOf({ maxEntries: 500 });
    for (let key = 0; key < 100_000; key++) succeed(registry.get(`attacker-${key}`));
    expect(registry.size).toBe(500);
    expect(registry.overflows).toBe(0);
    expect(keysOf(registry)).toHaveLength(500);
  });

  it('evicts neither an open entry nor one with calls in flight', () => {
    const { registry } = registryOf({ maxEntries: 500 });
    for (let key = 0; key < 10; key++) {
      protect(registry, `open-${key}`, 'open');
      protect(registry, `busy-${key}`, 'busy');
    }
    for (let key = 0; key < 100_000; key++) succeed(registry.get(`attacker-${key}`));
    expect(keysOf(registry).filter((key) => !key.startsWith('attacker'))).toHaveLength(20);
    for (let key = 0; key < 10; key++) {
      expect(registry.get(`open-${key}`).state).toBe('OPEN');
      expect(registry.get(`busy-${key}`).snapshot().inFlight).toBe(1);
    }
  });

  it('refuses no healthy newcomer when the flood has opened every entry', () => {
    const { registry, events } = registryOf({ maxEntries: 500 });
    for (let key = 0; key < 20_000; key++) {
      const answer = registry.get(`attacker-${key}`).tryAcquire();
      if (answer.admitted) answer.failure();
    }
    expect(registry.size).toBe(500);
    expect(registry.overflows).toBe(19_500);
    succeed(registry.get('healthy'));
    expect(events.at(-1)).toEqual(['overflow', 'healthy']);
  });
});

describe('the breakers of a registry', () => {
  it('are bounded and spare what is protected, whatever keys come', () => {
    const step = fc.record({
      key: fc.nat(12),
      act: fc.constantFrom('succeed' as const, 'fail' as const, 'hold' as const),
      afterMs: fc.constantFrom(0, 10, 1_100),
    });
    const walk = fc.array(step, { maxLength: 80 });
    const property = fc.property(fc.integer({ min: 1, max: 6 }), walk, (maxEntries, steps) => {
      const { registry, clock } = registryOf({ maxEntries, idleMs: IDLE_MS });
      // The model: per key when it was last asked for, until when it is open, what it has in flight.
      const seen = new Map<string, Known>();
      for (const { key, act, afterMs } of steps) {
        clock.advance(afterMs);
        const now = clock.now();
        const mine = String(key);
        const before = keysOf(registry);
        const breaker = registry.get(mine);
        const after = keysOf(registry);
        expect(after.length).toBeLessThanOrEqual(maxEntries);
        for (const gone of before.filter((each) => !after.includes(each))) {
          expectSpare(seen.get(gone), now);
          seen.delete(gone);
        }
        if (!after.includes(mine)) {
          expectShared(breaker);
          continue;
        }
        const entry = { openUntil: 0, held: 0, ...seen.get(mine), breaker, usedAt: now };
        seen.set(mine, entry);
        const answer = breaker.tryAcquire();
        if (!answer.admitted) continue;
        if (act === 'hold') entry.held++;
        if (act === 'succeed') answer.success();
        if (act === 'fail') answer.failure();
        entry.openUntil = now + (breaker.snapshot().retryAfterMs ?? 0);
      }
    });
    fc.assert(property, { numRuns: 200 });
  });

  it('are one for each key', () => {
    const { registry } = registryOf();
    expect(registry.get('a')).toBe(registry.get('a'));
    expect(registry.get('a')).not.toBe(registry.get('b'));
    expect(registry.size).toBe(2);
  });

  it('open apart from one another', () => {
    const { registry } = registryOf();
    fail(registry.get('a'));
    expect(refused(registry.get('a').tryAcquire()).code).toBe('HF_CIRCUIT_OPEN');
    succeed(registry.get('b'));
  });

  it('all carry the name of the registry, so that no key becomes a label', () => {
    const { registry } = registryOf({ maxEntries: 1 });
    protect(registry, 'a', 'open');
    expect([registry.get('a').name, registry.get('overflowing').name]).toEqual([
      'tenants',
      'tenants',
    ]);
  });

  it('may have options of their own by key', () => {
    const { registry } = registryOf({
      breaker: (key) => ({ trip: consecutive(key === 'fragile' ? 1 : 2) }),
    });
    fail(registry.get('fragile'));
    fail(registry.get('robust'));
    expect(registry.get('fragile').state).toBe('OPEN');
    expect(registry.get('robust').state).toBe('CLOSED');
  });

  it('are listed with the least recently used first', () => {
    const { registry } = registryOf();
    for (const key of ['a', 'b', 'c', 'a']) registry.get(key);
    expect(keysOf(registry)).toEqual(['b', 'c', 'a']);
  });

  it('are not changed by listing them', () => {
    const { registry, events } = registryOf({ maxEntries: 2 });
    registry.get('a');
    registry.get('b');
    keysOf(registry);
    registry.get('c');
    expect(events).toEqual([['evicted', 'a']]);
  });
});

describe('a registry without room', () => {
  it('evicts a closed entry that was not used for longest and says so', () => {
    const { registry, events } = registryOf({ maxEntries: 2 });
    registry.get('a');
    registry.get('b');
    registry.get('a');
    registry.get('c');
    expect(keysOf(registry).toSorted()).toEqual(['a', 'c']);
    expect(events).toEqual([['evicted', 'b']]);
  });

  it('evicts a closed entry before an open one whose break is over', () => {
    const { registry, clock, events } = registryOf({ maxEntries: 2, idleMs: 0 });
    protect(registry, 'broken', 'open');
    registry.get('closed');
    clock.advance(5_000);
    registry.get('new');
    expect(events).toEqual([['evicted', 'closed']]);
  });

  it('evicts an open entry only after its break and idleMs without use', () => {
    const { registry, clock, events } = registryOf({ maxEntries: 1, idleMs: 60_000 });
    protect(registry, 'broken', 'open');
    clock.advance(59_999);
    registry.get('first');
    clock.advance(1);
    registry.get('second');
    expect(events).toEqual([
      ['overflow', 'first'],
      ['evicted', 'broken'],
    ]);
    expect(keysOf(registry)).toEqual(['second']);
  });

  it('keeps an open entry whose break is not over, however idle it is', () => {
    const { registry, clock } = registryOf({ maxEntries: 1, idleMs: 0 });
    registry.get('broken').open(1_000_000);
    clock.advance(999_999);
    registry.get('new');
    expect(keysOf(registry)).toEqual(['broken']);
    clock.advance(1);
    registry.get('new');
    expect(keysOf(registry)).toEqual(['new']);
  });

  it('lets newcomers share one breaker that only watches', () => {
    const { registry, events } = registryOf({ maxEntries: 1 });
    protect(registry, 'busy', 'busy');
    const shared = registry.get('a');
    expect(registry.get('b')).toBe(shared);
    expect(shared.mode).toBe('shadow');
    for (let call = 0; call < 100; call++) fail(registry.get('stranger'));
    succeed(registry.get('healthy'));
    expect(registry.overflows).toBe(103);
    expect(events.slice(0, 2)).toEqual([
      ['overflow', 'a'],
      ['overflow', 'b'],
    ]);
  });

  it('has room again when a call in flight has settled', () => {
    const { registry } = registryOf({ maxEntries: 1 });
    const permit = admitted(registry.get('a').tryAcquire());
    registry.get('b');
    expect(keysOf(registry)).toEqual(['a']);
    permit.success();
    registry.get('b');
    expect(keysOf(registry)).toEqual(['b']);
  });

  it('stays bounded when a listener asks for another key meanwhile', () => {
    const { registry } = registryOf({ maxEntries: 2 });
    let asked = 0;
    registry.on('evicted', () => {
      if (asked < 5) registry.get(`from-listener-${asked++}`);
    });
    for (const key of ['a', 'b', 'c', 'd']) registry.get(key);
    expect(registry.size).toBe(2);
  });

  it('keeps an isolated entry, so that a flood cannot lift what an operator did', () => {
    const { registry } = registryOf({ maxEntries: 2 });
    registry.get('isolated').isolate('abuse');
    for (let key = 0; key < 100; key++) registry.get(`attacker-${key}`);
    expect(refused(registry.get('isolated').tryAcquire()).code).toBe('HF_CIRCUIT_ISOLATED');
  });
});

describe('a disposed registry', () => {
  it('has disposed its breakers, the shared one too', () => {
    const { registry } = registryOf({ maxEntries: 1 });
    const own = registry.get('a');
    protect(registry, 'a', 'busy');
    const shared = registry.get('b');
    registry[Symbol.dispose]();
    expect([own, shared].map((breaker) => refused(breaker.tryAcquire()).code)).toEqual([
      'HF_DISPOSED',
      'HF_DISPOSED',
    ]);
    expect(registry.size).toBe(0);
  });
});

describe('the options of a registry', () => {
  it.each([
    { option: 'name', value: '', type: TypeError },
    { option: 'name', value: undefined, type: TypeError },
    { option: 'maxEntries', value: 0, type: RangeError },
    { option: 'maxEntries', value: 1.5, type: RangeError },
    { option: 'maxEntries', value: Number.NaN, type: RangeError },
    { option: 'maxEntries', value: '5', type: TypeError },
    { option: 'idleMs', value: -1, type: RangeError },
    { option: 'idleMs', value: Infinity, type: RangeError },
    { option: 'breaker', value: {}, type: TypeError },
    { option: 'clock', value: {}, type: TypeError },
  ])('are refused by name: $option = $value', (complaint) => {
    const options = { name: 'tenants', [complaint.option]: complaint.value };
    expectInvalid(() => breakerRegistry(options), complaint);
  });

  it('are refused where nobody knows them', () => {
    const options = { name: 'tenants', max: 5 } as BreakerRegistryOptions;
    expectInvalid(() => breakerRegistry(options), {
      type: TypeError,
      option: 'breakerRegistry.max',
      value: 5,
    });
  });

  it.each([undefined, 5, null, Symbol('key')])('take no key but a string: %s', (key) => {
    expect(() => registryOf().registry.get(key as never)).toThrow(TypeError);
  });
});
