import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EnrolledCircuit } from '../../src/adapter/index.ts';
import { circuitBreaker, pipeline } from '../../src/index.ts';
import { benchOf, fail } from '../support/breaker.ts';
import { bytesLeftBy } from '../support/heap.ts';

const shared: Record<symbol, unknown> = globalThis;
const ROLL = Symbol.for('holdfast.circuits');

const roll = (): readonly WeakRef<EnrolledCircuit>[] =>
  (shared[ROLL] ?? []) as readonly WeakRef<EnrolledCircuit>[];
const enrolled = (): readonly EnrolledCircuit[] => roll().flatMap((each) => each.deref() ?? []);
const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

describe('the roll of circuits', () => {
  beforeEach(() => void delete shared[ROLL]);
  afterEach(() => void delete shared[ROLL]);

  it('has a circuit from its construction on, as it is now', () => {
    const { breaker } = benchOf();
    const [circuit] = enrolled();
    expect(circuit).toMatchObject({ name: 'payments', state: 'CLOSED', mode: 'automatic' });
    fail(breaker);
    breaker.setMode('shadow');
    breaker.isolate('maintenance');
    expect(circuit).toMatchObject({
      state: 'OPEN',
      mode: 'shadow',
      isolations: [{ reason: 'maintenance' }],
      counters: { failures: 1 },
    });
  });

  it('says of a circuit that it is disposed', () => {
    const { breaker } = benchOf();
    breaker[Symbol.dispose]();
    expect(enrolled().map(({ disposed }) => disposed)).toEqual([true]);
  });

  it('has every circuit that is in use, however many there are', () => {
    const breakers = Array.from({ length: 1_000 }, (_, i) => circuitBreaker({ name: `of-${i}` }));
    const names = enrolled().map(({ name }) => name);
    expect(names).toEqual(breakers.map(({ name }) => name));
  });

  it('has a circuit that only a pipeline still uses', async () => {
    const policy = pipeline(circuitBreaker({ name: 'inside' }));
    await turn();
    bytesLeftBy(() => undefined);
    expect(enrolled().map(({ name }) => name)).toEqual(['inside']);
    expect(await policy.execute(() => 1)).toBe(1);
  });

  it('keeps no circuit alive, and forgets those that are gone', async () => {
    const kept = circuitBreaker({ name: 'kept' });
    let longest = 0;
    for (let round = 0; round < 20; round++) {
      for (let i = 0; i < 500; i++) circuitBreaker({ name: 'dropped' });
      longest = Math.max(longest, roll().length);
      // Whoever was looked at is kept to the end of the turn.
      await turn();
      bytesLeftBy(() => undefined);
    }
    expect(enrolled().map(({ name }) => name)).toEqual([kept.name]);
    expect(longest).toBeLessThanOrEqual(2_048);
  });
});
