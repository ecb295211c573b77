// What a process has one of is kept on its global object under these, so that two copies of this package share it.

/** The `Lifecycle`. */
export const LIFECYCLE: unique symbol = Symbol.for('holdfast.lifecycle');
/** The line to the store of the supervisor. */
export const STORE_LINE: unique symbol = Symbol.for('holdfast.store-line');
