import { keyedRegistry } from '../../../src/registry/keyed-registry.ts';
import type { KeyedRegistry, KeyedRegistryOptions, Spare } from '../../../src/registry/types.ts';
import { VirtualClock } from '../../../src/testing/index.ts';

/** An entry that knows whether it was disposed of, and says when it may be forgotten. */
export class Entry implements Disposable {
  readonly id: number | 'shared';
  readonly key: string;
  spare: Spare = 'now';
  disposed = 0;

  constructor(id: number | 'shared', key: string) {
    this.id = id;
    this.key = key;
  }

  [Symbol.dispose](): void {
    this.disposed++;
  }
}

/** A virtual clock that counts how often it is read. */
export class CountingClock extends VirtualClock {
  reads = 0;

  override now(): number {
    this.reads++;
    return super.now();
  }
}

export interface RegistryRig {
  readonly registry: KeyedRegistry<Entry>;
  readonly clock: CountingClock;
  /** Every entry that was ever made, the shared one too. */
  readonly made: Entry[];
  readonly told: string[];
  /** How often an entry was asked whether it is spare. */
  readonly asked: { times: number };
}

export const registryRig = (options: Partial<KeyedRegistryOptions<Entry>> = {}): RegistryRig => {
  const clock = new CountingClock();
  const made: Entry[] = [];
  const told: string[] = [];
  const asked = { times: 0 };
  let created = 0;
  const make = (id: number | 'shared', key: string): Entry => {
    const entry = new Entry(id, key);
    made.push(entry);
    return entry;
  };
  const registry = keyedRegistry<Entry>({
    name: 'origins',
    create: (key) => make(++created, key),
    spare: (entry) => {
      asked.times++;
      return entry.spare;
    },
    overflow: () => make('shared', ''),
    clock,
    ...options,
  });
  for (const name of ['evicted', 'overflow'] as const) {
    registry.on(name, ({ key }) => void told.push(`${name} ${key}`));
  }
  return { registry, clock, made, told, asked };
};

export const keysOf = (registry: KeyedRegistry<Entry>): string[] =>
  Array.from(registry.entries(), ([key]) => key);
