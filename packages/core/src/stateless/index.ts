export { key, type Key } from './key.ts';
export { isStoreError, StoreError, type StoreFailure } from './store-error.ts';
export type * from './store.ts';
