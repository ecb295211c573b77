/** The most bytes of one record. */
export const MAX_DATA_BYTES: number = 1_048_576;
/** The most letters of one key: parts have 64 at the most, and the supervisor keeps the keys of all workers. */
export const MAX_KEY_LETTERS: number = 1_024;

/** A record of that size with such a key, in letters of two bytes, and some numbers. */
export const MAX_FRAME_BYTES: number = MAX_DATA_BYTES + 2 * MAX_KEY_LETTERS + 512;
