/** One that waits: what lines are ordered by, and the marks by which a line finds it again. */
export interface Place<Self> {
  /** The higher is served first, where that is asked for. */
  readonly priority: number;
  /** Later comers have a higher number. */
  readonly arrival: number;
  older: Self | undefined;
  newer: Self | undefined;
  /** Index in the heap of those to be served next. */
  fromFirst: number;
  /** Index in the heap of those to go next. */
  fromLast: number;
}
