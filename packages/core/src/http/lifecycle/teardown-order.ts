/** What the order of teardown depends on. */
export interface Ordered {
  readonly name: string;
  /** Names of what has to be over first. */
  readonly after: readonly string[];
}

/** Names that lead back to the first of them: each has to wait for the next. */
export class CircleError extends Error {
  readonly names: readonly string[];

  constructor(names: readonly string[]) {
    super(names.join(' -> '));
    this.names = names;
  }
}

/** Goes from one that waits to one it waits for until a name comes again. */
const circleIn = (waiting: readonly Ordered[]): readonly string[] => {
  const byName = new Map(waiting.map((each) => [each.name, each]));
  const path: string[] = [];
  let at = waiting[0];
  while (at !== undefined && !path.includes(at.name)) {
    path.push(at.name);
    const next = at.after.find((name) => byName.has(name));
    at = next === undefined ? undefined : byName.get(next);
  }
  if (at === undefined) return path;
  return [...path.slice(path.indexOf(at.name)), at.name];
};

/**
 * The order in which work is undone, given in the order in which it was deferred: always the newest of
 * those that wait for nobody any more. Names that nobody has hold nobody up. Throws `CircleError`.
 */
export const teardownOrder = <Work extends Ordered>(works: readonly Work[]): readonly Work[] => {
  const waiting = [...works];
  const order: Work[] = [];
  while (waiting.length > 0) {
    const names = new Set(waiting.map(({ name }) => name));
    const next = waiting.findLastIndex(({ after }) => !after.some((name) => names.has(name)));
    if (next < 0) throw new CircleError(circleIn(waiting));
    order.push(...waiting.splice(next, 1));
  }
  return order;
};
