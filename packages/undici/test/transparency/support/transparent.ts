import * as undici8 from 'undici';
import { describe, expect, it } from 'vitest';
import { asText } from './plain.ts';
import { STACKS, type Mode, type Ours, type Stack } from './stacks.ts';
import { World, type Undici } from './world.ts';
import type { Difference } from './deliberate.ts';

export interface Notes {
  /** What has to stand in what was seen, or the scenario did not do what its title says. */
  readonly shows: string | RegExp;
  /** Also with each interceptor alone. */
  readonly core?: boolean;
  /** How what is seen through our interceptors differs, on purpose. */
  readonly differs?: Difference;
  /** Why `retry` is not part of it: a failure that is to be seen would be a success the second time. */
  readonly noRetry?: string;
  /** Why undici 7 has no part in it. */
  readonly notOn7?: string;
}

/** One run: returns all that its caller sees. */
export type Run = (world: World) => Promise<unknown>;

export const seenBy = async (run: Run, library: Undici, ours: Ours): Promise<string> => {
  const world = new World(library, ours);
  try {
    const caller = await run(world);
    return world.withoutPorts(asText({ caller, servers: world.received() }));
  } finally {
    await world.end();
  }
};

const HTTP_DATE = /[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT/g;

const stacksFor = ({ core, noRetry, notOn7 }: Notes): readonly Stack[] =>
  STACKS.filter(
    ({ alone, retries, undici }) =>
      (alone !== true || core === true) &&
      (retries !== true || noRetry === undefined) &&
      (undici === undici8 || notOn7 === undefined),
  );

/**
 * Runs the scenario once on a plain dispatcher and once for each stack of ours, and expects the same of
 * both: all that the caller sees, and each byte that the servers do.
 */
export const transparent = (title: string, run: Run, notes: Notes): void => {
  const { shows, differs, noRetry } = notes;
  const mode: Mode = { retry: noRetry === undefined };
  const bare = new Map<Undici, Promise<string>>();
  const seenBare = ({ undici, without = [] }: Stack): Promise<string> => {
    const seen = bare.get(undici) ?? seenBy(run, undici, { interceptors: without });
    bare.set(undici, seen);
    return seen;
  };
  const level = (seen: string, ...differences: (Difference | undefined)[]): string =>
    differences.reduce(
      (text, difference) => difference?.levelled(text) ?? text,
      // When it was: the one may be seen a second after the other.
      seen.replaceAll(HTTP_DATE, 'a date'),
    );
  describe('the same as without ours', () => {
    it.each(stacksFor(notes))(`${title}, with $name`, async (stack) => {
      const without = level(await seenBare(stack), stack.differs);
      const through = level(await seenBy(run, stack.undici, stack.ours(mode)), stack.differs);
      expect(without).toMatch(shows);
      expect(level(through, differs)).toBe(level(without, differs));
      // An excuse that is not needed any more has to go. (One alone may leave a request to undici.)
      const excused = differs !== undefined && stack.alone !== true;
      expect(excused && through === without).toBe(false);
    });
  });
};
