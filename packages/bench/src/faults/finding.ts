/** How much of something is allowed. Nothing is promised of what has no bound: it is told. */
export type Bound =
  | { readonly atMost: number }
  | { readonly atLeast: number }
  | { readonly exactly: number };

/** What one fault showed. */
export interface Finding {
  readonly what: string;
  readonly measured: number;
  readonly unit: string;
  /** Of how many, where that says more than the figure alone. */
  readonly of?: number | undefined;
  readonly bound?: Bound | undefined;
}

/** Whether the promise was kept; undefined where there is none. A figure that is no number keeps none. */
export const isHeld = ({ measured, bound, of }: Finding): boolean | undefined => {
  if (bound === undefined) return undefined;
  // Nothing of nothing is no proof.
  if (of === 0) return false;
  if ('atMost' in bound) return measured <= bound.atMost;
  return 'atLeast' in bound ? measured >= bound.atLeast : measured === bound.exactly;
};

/** A figure with a promise that it is no larger. */
export const atMost = (what: string, measured: number, most: number, unit = ''): Finding => ({
  what,
  measured,
  unit,
  bound: { atMost: most },
});

/** A figure with a promise that it is no smaller. */
export const atLeast = (what: string, measured: number, least: number, unit = ''): Finding => ({
  what,
  measured,
  unit,
  bound: { atLeast: least },
});

/** What is promised never to happen, and how often it could have. */
export const never = (what: string, measured: number, of: number): Finding => ({
  what,
  measured,
  of,
  unit: '',
  bound: { exactly: 0 },
});

/** What is promised always to happen, and how often it should have. */
export const always = (what: string, measured: number, of: number): Finding => ({
  what,
  measured,
  of,
  unit: '',
  bound: { exactly: of },
});

/** A figure of which nothing is promised. */
export const told = (what: string, measured: number, unit = '', of?: number): Finding => ({
  what,
  measured,
  unit,
  of,
});
