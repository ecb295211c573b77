import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { keyedRegistry } from '../../src/registry/keyed-registry.ts';
import type { KeyedRegistryOptions } from '../../src/registry/types.ts';
import { expectInvalid } from '../support/invalid-option.ts';
import { Pair, steps } from './model/registry-pair.ts';
import { Entry, keysOf, registryRig } from './model/registry-rig.ts';

describe('a keyed registry', () => {
  it('keeps, evicts, shares and tells what a list with a clock does', () => {
    const inputs = [
      fc.integer({ min: 1, max: 6 }),
      fc.array(steps(9), { maxLength: 120 }),
    ] as const;
    const property = fc.property(...inputs, (maxEntries, walk) => {
      const pair = new Pair(maxEntries);
      for (const step of walk) pair.run(step);
    });
    fc.assert(property, { numRuns: 1_000 });
  });

  it('does so also where there are more entries than a newcomer may look at', () => {
    const inputs = [
      fc.integer({ min: 60, max: 140 }),
      fc.array(steps(200), { maxLength: 60 }),
    ] as const;
    const property = fc.property(...inputs, (maxEntries, walk) => {
      const pair = new Pair(maxEntries);
      for (let key = 0; key < maxEntries; key++) {
        pair.run({ type: 'get', key: String(key), as: 'idle' });
      }
      for (let which = 0; which < 80; which++) pair.run({ type: 'spare', which, as: 'never' });
      for (const step of walk) pair.run(step);
    });
    fc.assert(property, { numRuns: 30 });
  });

  it('looks at 64 entries for one newcomer and no more, and at none twice', () => {
    for (const [maxEntries, looks] of [
      [500, 64],
      [3, 3],
    ] as const) {
      const { registry, made, asked } = registryRig({ maxEntries });
      for (let key = 0; key < maxEntries; key++) registry.get(String(key));
      for (const entry of made) entry.spare = 'never';
      registry.get('newcomer');
      expect(asked.times).toBe(looks);
    }
  });
});

describe('the key that was asked for last', () => {
  it('is given without a look at the clock', () => {
    const { registry, clock } = registryRig();
    const entry = registry.get('a');
    const { reads } = clock;
    for (let times = 0; times < 100; times++) expect(registry.get('a')).toBe(entry);
    expect(clock.reads).toBe(reads);
    registry.get('b');
    expect(clock.reads).toBe(reads + 1);
  });

  it('counts as used until another one is asked for', () => {
    const { registry, clock, made, told } = registryRig({ maxEntries: 1, idleMs: 1_000 });
    registry.get('busy');
    for (const entry of made) entry.spare = 'idle';
    for (let beat = 0; beat < 10; beat++) {
      clock.advance(500);
      registry.get('busy');
    }
    clock.advance(500);
    registry.get('first');
    clock.advance(999);
    registry.get('second');
    clock.advance(1);
    registry.get('third');
    expect(told).toEqual(['overflow first', 'overflow second', 'evicted busy']);
  });

  it('counts so also where the other one is known, and that one from its own time', () => {
    const { registry, clock, made, told } = registryRig({ maxEntries: 2, idleMs: 1_000 });
    for (const key of ['b', 'a', 'a']) registry.get(key);
    for (const entry of made) entry.spare = 'idle';
    clock.advance(500);
    registry.get('b');
    clock.advance(999);
    registry.get('early');
    clock.advance(1);
    registry.get('c').spare = 'never';
    registry.get('d');
    expect(told).toEqual(['overflow early', 'evicted a', 'evicted b']);
  });

  it('is forgotten like any other, and then has a new entry', () => {
    const { registry } = registryRig({ maxEntries: 1 });
    const before = registry.get('a');
    registry.get('a');
    registry.get('b');
    expect(registry.get('a')).not.toBe(before);
  });

  it('is no way into a registry that is disposed', () => {
    const { registry } = registryRig();
    registry.get('a');
    registry.get('a');
    registry[Symbol.dispose]();
    expect(() => registry.get('a')).toThrow(expect.objectContaining({ code: 'HF_DISPOSED' }));
  });

  it.each([undefined, null, 5])('is none that is no string: %s', (key) => {
    const { registry } = registryRig();
    const wrong = (): unknown => registry.get(key as never);
    expect(wrong).toThrow(TypeError);
    registry.get('a');
    expect(wrong).toThrow(TypeError);
  });
});

describe('a user’s function that reaches back', () => {
  it('may ask for other keys: no more entries than there may be, and one for each key', () => {
    const { registry, made } = registryRig({
      maxEntries: 2,
      create: (key) => {
        if (key.length < 4) registry.get(`${key}x`);
        const entry = new Entry(0, key);
        made.push(entry);
        return entry;
      },
    });
    for (const key of ['a', 'b', 'a', 'c']) {
      expect(registry.get(key).key).toBe(key);
      expect(registry.get(key).key).toBe(key);
      expect(registry.size).toBe(2);
      expect(keysOf(registry).at(-1)).toBe(key);
    }
  });

  it('may ask for its own key: both askers have the same entry, and the other is disposed of', () => {
    const { registry, made } = registryRig({
      create: (key) => {
        const entry = new Entry(made.length, key);
        made.push(entry);
        if (made.length === 1) registry.get(key);
        return entry;
      },
    });
    expect(registry.get('a').id).toBe(1);
    expect(registry.get('a').id).toBe(1);
    expect(made.map(({ disposed }) => disposed)).toEqual([1, 0]);
    expect(registry.size).toBe(1);
  });

  it('may dispose of the registry: nothing that it made stays in use', () => {
    const { registry, made } = registryRig({
      create: (key) => {
        registry[Symbol.dispose]();
        const entry = new Entry(made.length, key);
        made.push(entry);
        return entry;
      },
    });
    expect(() => registry.get('a')).toThrow(expect.objectContaining({ code: 'HF_DISPOSED' }));
    expect(made.map(({ disposed }) => disposed)).toEqual([1]);
    expect(registry.size).toBe(0);
  });

  it('may throw: its key has no entry, and who was evicted for it is told of', () => {
    const boom = new Error('boom');
    const create = vi.fn((key: string) => {
      if (key === 'bad') throw boom;
      return new Entry(0, key);
    });
    const { registry, told } = registryRig({ maxEntries: 1, create });
    registry.get('good');
    expect(() => registry.get('bad')).toThrow(boom);
    expect([keysOf(registry), told]).toEqual([[], ['evicted good']]);
    expect(registry.get('good').key).toBe('good');
  });
});

describe('a registry that is disposed', () => {
  it('disposes of each entry that is there once, the shared one too, and of none that went', () => {
    const { registry, made } = registryRig({ maxEntries: 2 });
    for (const key of ['gone', 'a', 'b']) registry.get(key);
    for (const entry of made) entry.spare = 'never';
    registry.get('shares');
    registry[Symbol.dispose]();
    expect(made.map(({ key, disposed }) => `${key} ${disposed}`)).toEqual([
      'gone 0',
      'a 1',
      'b 1',
      ' 1',
    ]);
    expect(registry.size).toBe(0);
  });
});

describe('the options of a keyed registry', () => {
  const usual = {
    name: 'origins',
    create: () => new Entry(0, ''),
    spare: () => 'now',
    overflow: () => new Entry(0, ''),
  };

  it.each([
    { option: 'name', value: '', type: TypeError },
    { option: 'create', value: undefined, type: TypeError },
    { option: 'create', value: {}, type: TypeError },
    { option: 'spare', value: null, type: TypeError },
    { option: 'overflow', value: undefined, type: TypeError },
    { option: 'maxEntries', value: 0, type: RangeError },
    { option: 'maxEntries', value: null, type: TypeError },
    { option: 'idleMs', value: -1, type: RangeError },
    { option: 'clock', value: {}, type: TypeError },
  ])('are refused by name: $option = $value', (complaint) => {
    const options = { ...usual, [complaint.option]: complaint.value };
    expectInvalid(() => keyedRegistry(options as KeyedRegistryOptions<Entry>), complaint);
  });

  it('are refused where nobody knows them', () => {
    const options = { ...usual, max: 5 } as unknown as KeyedRegistryOptions<Entry>;
    const complaint = { type: TypeError, option: 'keyedRegistry.max', value: 5 };
    expectInvalid(() => keyedRegistry(options), complaint);
  });
});
