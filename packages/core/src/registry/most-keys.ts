/** So many a `Map` holds. */
export const MOST_KEYS: number = 2 ** 24 - 1;
