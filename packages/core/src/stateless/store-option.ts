import { wrongType } from '../options/validate.ts';
import type { Store } from './store.ts';

const isStore = (value: unknown, methods: readonly (keyof Store)[]): value is Store =>
  typeof value === 'object' &&
  value !== null &&
  methods.every((method) => typeof Reflect.get(value, method) === 'function');

/** The store an option names, with the methods that will be called. */
export const storeOf = (store: unknown, methods: readonly (keyof Store)[]): Store => {
  if (!isStore(store, methods))
    throw wrongType('store', store, `a store, with ${methods.join(', ')}`);
  return store;
};
