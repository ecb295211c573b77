/** Gives one of the items after the other, over and over. */
export const inTurn = <T>(items: readonly T[]): (() => T) => {
  let at = 0;
  const [first] = items;
  if (first === undefined) throw new RangeError('nothing to give in turn');
  return () => {
    at = at + 1 < items.length ? at + 1 : 0;
    return items[at] ?? first;
  };
};
