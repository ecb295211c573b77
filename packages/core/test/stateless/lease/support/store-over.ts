import type { Store } from '../../../../src/stateless/store.ts';

/** Another store, but for what is changed. */
export const storeOver = (inner: Store, change: Partial<Store>): Store => ({
  name: inner.name,
  kind: inner.kind,
  scope: inner.scope,
  guarantees: inner.guarantees,
  take: (...all) => inner.take(...all),
  count: (...all) => inner.count(...all),
  lease: (...all) => inner.lease(...all),
  release: (...all) => inner.release(...all),
  read: (...all) => inner.read(...all),
  write: (...all) => inner.write(...all),
  touch: (...all) => inner.touch(...all),
  remove: (...all) => inner.remove(...all),
  watch: (...all) => inner.watch(...all),
  health: () => inner.health(),
  [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
  ...change,
});
