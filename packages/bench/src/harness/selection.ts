import type { FigureGroup, Group, RatioGroup } from './suite.ts';

const withRows = <G extends RatioGroup | FigureGroup>(group: G, text: string): G[] => {
  if (group.id.includes(text)) return [group];
  const contestants = group.contestants.filter(({ name }) => name.toLowerCase().includes(text));
  return contestants.length === 0 ? [] : [{ ...group, contestants }];
};

/** The groups whose id contains the text, and of the others the rows whose name does. */
export const selected = (groups: readonly Group[], text: string): Group[] =>
  groups.flatMap((group) => withRows(group, text.toLowerCase()));
