/** Turns of the microtask queue after which no reaction of an `execute` is left. */
const TURNS = 16;

/** Lets promise reactions run; far cheaper than a turn of the event loop. */
export const reactions = async (): Promise<void> => {
  for (let turn = 0; turn < TURNS; turn++) await Promise.resolve();
};
