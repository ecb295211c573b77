import fc from 'fast-check';

/** How one attempt ends, after how long, and how long it asks to be left alone. */
export interface Turn {
  readonly ending:
    | 'answers'
    | 'is unwanted'
    | 'fails'
    | 'times out'
    | 'is hopeless'
    | 'is refused'
    | 'holds a refusal';
  readonly tookMs: number;
  readonly asks: Asks | undefined;
}

export interface Asks {
  readonly seconds: number;
  readonly as: 'milliseconds' | 'seconds' | 'date';
}

/** How the delays grow; `own` is a function of the user's. */
export interface Growth {
  readonly kind: 'exponential' | 'linear' | 'constant' | 'own';
  readonly baseMs: number;
  readonly factor: number;
  readonly maxMs: number;
  readonly jitter: 'none' | 'full' | 'equal' | 'decorrelated' | number;
}

export interface Plan {
  readonly turns: readonly Turn[];
  readonly attempts: number;
  readonly growth: Growth;
  /** What chance says each time it is asked. */
  readonly roll: number;
  readonly deadline: number;
  readonly maxElapsedMs: number | undefined;
  readonly maxRetryAfterMs: number;
  /** Further attempts that the budget grants. */
  readonly credit: number;
  readonly abort: { readonly atMs: number; readonly heeded: boolean } | undefined;
  readonly stack: 'alone' | 'in a pipeline' | 'over a user’s own' | 'under a user’s own';
}

/** What an attempt does that the plan says nothing of. */
export const FAILS: Turn = { ending: 'fails', tookMs: 0, asks: undefined };

const asks: fc.Arbitrary<Asks> = fc.record({
  seconds: fc.integer({ min: 0, max: 6 }),
  as: fc.constantFrom('milliseconds', 'seconds', 'date'),
});

const turn: fc.Arbitrary<Turn> = fc.record({
  ending: fc.oneof(
    {
      weight: 4,
      arbitrary: fc.constantFrom<Turn['ending'][]>('fails', 'is unwanted', 'times out'),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom<Turn['ending'][]>(
        'answers',
        'is hopeless',
        'is refused',
        'holds a refusal',
      ),
    },
  ),
  tookMs: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 300 })),
  asks: fc.option(asks, { freq: 3, nil: undefined }),
});

const growth: fc.Arbitrary<Growth> = fc
  .record({
    kind: fc.constantFrom<Growth['kind'][]>('exponential', 'linear', 'constant', 'own'),
    baseMs: fc.integer({ min: 0, max: 200 }),
    factor: fc.integer({ min: 1, max: 4 }),
    maxMs: fc.integer({ min: 0, max: 500 }),
    jitter: fc.constantFrom<Growth['jitter'][]>('none', 'full', 'equal', 'decorrelated', 0.25, 1),
  })
  .filter(({ kind, jitter }) => kind === 'exponential' || jitter !== 'decorrelated');

const often = <T>(usual: T, other: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 2, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: other });

export const plans: fc.Arbitrary<Plan> = fc.record({
  turns: fc.array(turn, { maxLength: 8 }),
  attempts: fc.integer({ min: 1, max: 8 }),
  growth,
  // 0 or odd parts of 65,536: no delay then lies so near a whole millisecond that a last digit decides.
  roll: often(
    0,
    fc.nat({ max: 2 ** 15 - 1 }).map((part) => (2 * part + 1) / 2 ** 16),
  ),
  deadline: often(Infinity, fc.integer({ min: 0, max: 5_000 })),
  maxElapsedMs: often<number | undefined>(undefined, fc.integer({ min: 0, max: 5_000 })),
  maxRetryAfterMs: often(30_000, fc.integer({ min: 0, max: 6_000 })),
  credit: often(Infinity, fc.integer({ min: 0, max: 4 })),
  abort: often<Plan['abort']>(
    undefined,
    // Between two milliseconds, where nothing else happens.
    fc.record({ atMs: fc.nat({ max: 4_000 }).map((ms) => ms + 0.5), heeded: fc.boolean() }),
  ),
  stack: fc.constantFrom<Plan['stack'][]>(
    'alone',
    'in a pipeline',
    'over a user’s own',
    'under a user’s own',
  ),
});
