import { wrongType } from '../../options/validate.ts';
import type { Store } from '../store.ts';

const METHODS = ['read', 'write', 'touch', 'remove'] as const;

const isStore = (value: unknown): value is Store =>
  typeof value === 'object' &&
  value !== null &&
  METHODS.every((method) => typeof Reflect.get(value, method) === 'function');

/** The store an option names. */
export const storeOf = (store: unknown): Store => {
  if (!isStore(store)) throw wrongType('store', store, 'a store, as memoryStore() makes one');
  return store;
};
