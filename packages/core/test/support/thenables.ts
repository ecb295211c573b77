/** A thenable that answers as `then` says. */
export const thenable = (then: unknown): PromiseLike<unknown> =>
  // oxlint-disable-next-line unicorn/no-thenable -- its purpose
  ({ then }) as PromiseLike<unknown>;

/** A value whose `then` cannot even be read. */
export const throwingGetter = (message = 'getter'): PromiseLike<unknown> =>
  // oxlint-disable-next-line unicorn/no-thenable -- its purpose
  Object.defineProperty({}, 'then', {
    get: () => {
      throw new Error(message);
    },
  }) as PromiseLike<unknown>;
