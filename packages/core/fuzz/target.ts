import type { Chance } from './chance.ts';

/** A text that means something, and what. */
export interface Written {
  readonly text: string;
  /** As JSON, what the parser must make of it. */
  readonly meaning: string;
}

/** A parser under fuzz. */
export interface Target<Value = unknown> {
  readonly name: string;
  /** Values that are well formed, to be changed a little. */
  readonly samples: readonly string[];
  /** Letters that mean something to it. */
  readonly letters: string;
  /** Must not throw, and be done in less than a millisecond. */
  read(text: string): Value;
  /** Whether it found something in the text; tells how often inputs get that far. */
  accepts(value: Value): boolean;
  /** What is wrong with an answer, whatever the text. */
  complaint(value: Value): string | undefined;
  /** A text made by the formatter, or by hand where there is none. */
  write?(chance: Chance): Written;
}

/** Both as JSON, which has no undefined and no bytes. */
export const meaningOf = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) => (part instanceof Uint8Array ? [...part] : part)) ??
  'undefined';

/** A complaint unless the two mean the same. */
export const unlessSame = (what: string, a: unknown, b: unknown): string | undefined => {
  const [first, second] = [meaningOf(a), meaningOf(b)];
  return first === second ? undefined : `${what}: ${first} became ${second}`;
};
