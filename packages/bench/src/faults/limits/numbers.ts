/** What a limit is given, as it is sent to another process. */
export type LimitNumbers =
  | { readonly rate: number; readonly burst: number; readonly leasing?: boolean }
  | { readonly quota: number; readonly windowMs: number };

/** A limit, and how many it promises in so many milliseconds from the first call on. */
export interface Limit {
  readonly name: string;
  readonly numbers: LimitNumbers;
  readonly promised: (ms: number) => number;
  /** How many more there may be as the store is lost: all that each process has of its own. */
  readonly transition: number;
}

const RATE = 100;
const BURST = 50;
const QUOTA = 200;
const MINUTE_MS = 60_000;
const MS_PER_SECOND = 1_000;

const byRate = (ms: number): number => BURST + (RATE * ms) / MS_PER_SECOND;

/** Each kind of limit. */
export const limits: readonly Limit[] = [
  { name: 'rate', numbers: { rate: RATE, burst: BURST }, promised: byRate, transition: BURST },
  {
    name: 'rate, leasing',
    numbers: { rate: RATE, burst: BURST, leasing: true },
    promised: byRate,
    transition: BURST,
  },
  {
    name: 'quota of a minute',
    numbers: { quota: QUOTA, windowMs: MINUTE_MS },
    promised: () => QUOTA,
    transition: QUOTA,
  },
];
