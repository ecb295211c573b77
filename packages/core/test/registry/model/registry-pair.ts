import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Spare } from '../../../src/registry/types.ts';
import { RegistryModel } from './registry-model.ts';
import { registryRig, type RegistryRig } from './registry-rig.ts';

export type Step =
  /** A newcomer is spare as `as` says. */
  | { readonly type: 'get'; readonly key: string; readonly as: Spare }
  | { readonly type: 'spare'; readonly which: number; readonly as: Spare }
  | { readonly type: 'again'; readonly times: number }
  | { readonly type: 'pass'; readonly ms: number };

/** With a step that asks for the same key again, which chance rarely does. */
export const steps = (keys: number): fc.Arbitrary<Step> =>
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        type: fc.constant('get' as const),
        key: fc.nat(keys).map(String),
        as: fc.constantFrom<Spare[]>('now', 'idle', 'idle', 'never'),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        type: fc.constant('spare' as const),
        which: fc.nat(),
        as: fc.constantFrom<Spare[]>('now', 'idle', 'never', 'never'),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ type: fc.constant('again' as const), times: fc.nat(3) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        type: fc.constant('pass' as const),
        ms: fc.constantFrom(1, 999, 1_000, 2_500),
      }),
    },
  );

const same: (actual: unknown, expected: unknown) => void = assert.deepEqual;

const IDLE_MS = 2_000;

/** A registry and its model, to which the same is done. */
export class Pair {
  readonly rig: RegistryRig;
  readonly model: RegistryModel;
  #lastKey = '0';

  constructor(maxEntries: number) {
    this.rig = registryRig({ maxEntries, idleMs: IDLE_MS });
    this.model = new RegistryModel(maxEntries, IDLE_MS);
  }

  run(step: Step): void {
    if (step.type === 'get') this.#get((this.#lastKey = step.key), step.as);
    else if (step.type === 'again') this.#again(step.times);
    else if (step.type === 'pass') this.#pass(step.ms);
    else this.#protect(step.which, step.as);
    this.#compare();
  }

  #again(times: number): void {
    for (let time = 0; time < times; time++) this.#get(this.#lastKey, 'idle');
  }

  #get(key: string, as: Spare): void {
    const { created } = this.model;
    same(this.rig.registry.get(key).id, this.model.get(key));
    if (this.model.created > created) this.#protect(this.model.kept.length - 1, as);
  }

  #pass(ms: number): void {
    this.rig.clock.advance(ms);
    this.model.now += ms;
  }

  #protect(which: number, as: Spare): void {
    const { kept } = this.model;
    const entry = kept[which % kept.length];
    if (entry === undefined) return;
    entry.spare = as;
    for (const made of this.rig.made) if (made.id === entry.id) made.spare = as;
  }

  #compare(): void {
    const { registry, told, made } = this.rig;
    const there = Array.from(registry.entries(), ([key, { id }]) => `${key}: ${id}`);
    same(
      there,
      this.model.kept.map(({ key, id }) => `${key}: ${id}`),
    );
    same(told, this.model.told);
    same([registry.size, registry.overflows], [this.model.kept.length, this.model.overflows]);
    const shared = made.filter(({ id }) => id === 'shared').length;
    same(shared, this.model.overflows > 0 ? 1 : 0);
    same(made.length - shared, this.model.created);
  }
}
