import { always, type Finding } from '../faults/finding.ts';
import type { Contestant } from './fleet/fleet.ts';

const LONGEST = 60;

/** What one contestant showed; undefined where it could not be shown. */
export interface Showing<T> {
  readonly name: string;
  readonly shown: T | undefined;
  readonly problem: string;
}

/** One contestant after another. One that fails is no reason to show no more. */
export const showEach = async <T>(
  contestants: readonly Contestant[],
  show: (contestant: Contestant) => Promise<T>,
): Promise<readonly Showing<T>[]> => {
  const showings: Showing<T>[] = [];
  for (const contestant of contestants) {
    const { name } = contestant;
    try {
      showings.push({ name, shown: await show(contestant), problem: '' });
    } catch (error) {
      console.error(`${name}:`, error);
      const problem = error instanceof Error ? error.message.split('\n', 1).join('') : '';
      showings.push({ name, shown: undefined, problem: `failed: ${problem}`.slice(0, LONGEST) });
    }
  }
  return showings;
};

/** A row for each of them. */
export const rowsOf = <T>(
  showings: readonly Showing<T>[],
  cells: (shown: T) => readonly string[],
): readonly (readonly string[])[] =>
  showings.map(({ name, shown, problem }) => [
    name,
    ...(shown === undefined ? [problem] : cells(shown)),
  ]);

/** The promises of one contestant; one of them is that there was something to be seen. */
export const promisesOf = <T>(
  showings: readonly Showing<T>[],
  name: string,
  promises: (shown: T) => readonly Finding[],
): readonly Finding[] => {
  const shown = showings.find((showing) => showing.name === name)?.shown;
  if (shown === undefined) return [always(`${name}: shown to its end`, 0, 1)];
  return promises(shown).map((finding) => ({ ...finding, what: `${name}: ${finding.what}` }));
};
