import type { WaitingLine } from './waiting-line.ts';

/** Units that one call took, to be given back if it is never sent. */
export interface Receipt {
  readonly bucket: Bucket;
  /** Gives back as much as the promise of the limit allows. */
  giveBack(now: number): void;
}

/** What one key has used, and who waits for it. Costs are whole numbers from 1 to `most`. */
export interface Bucket {
  /** Those who wait for units of this key, while there are any. */
  line: WaitingLine | undefined;
  /** The most units that are ever there at once. */
  readonly most: number;
  /** How many units are there now; below zero after the limit was lowered. */
  room(now: number): number;
  /** Only where there is room, at the same `now`. */
  take(units: number, now: number): void;
  /** For the units just taken, at the same `now`. */
  receipt(units: number, now: number): Receipt;
  /** How long until `units` are there, in milliseconds; 0 where they are. */
  waitMs(units: number, now: number): number;
  /** Since when it is as new, or will be: from then on forgetting it changes nothing. */
  freshAt(): number;
  clear(now: number): void;
}

/** One of the two kinds of limit, with its numbers. Immutable. */
export interface Limit {
  create(): Bucket;
  /** Puts a bucket of the same kind under this limit; false where it is of another kind. */
  adopt(bucket: Bucket, now: number): boolean;
}
