import { describe, expect, it } from 'vitest';
import type { Goal, Group, RatioRow } from '../src/harness/suite.ts';
import { withBareRow } from '../src/harness/rows.ts';
import { suites } from '../src/suites/index.ts';

const ratioRow = (name: string): RatioRow => ({
  name,
  side: 'holdfast',
  ratio: 1,
  p10: 1,
  p90: 1,
  ns: 1,
  addedNs: 1,
  addedBytes: 1,
  turns: 1,
});

const unmeasured = <Row>(goals: readonly Goal<Row>[], rows: ReadonlyMap<string, Row>): string[] =>
  goals
    .filter(({ measured }) => measured((name) => rows.get(name)) === undefined)
    .map(({ what }) => what);

/** The goals of the group that no row and no column of it answers. */
const unanswered = (group: Group): string[] => {
  if (group.kind === 'ratio') {
    const rows = withBareRow(group).map(({ name }) => [name, ratioRow(name)] as const);
    return unmeasured(group.goals, new Map(rows));
  }
  const figures = Object.fromEntries(group.columns.map(({ key }) => [key, 1]));
  const rows = group.contestants.map(({ name, side }) => [name, { name, side, figures }] as const);
  return unmeasured(group.goals, new Map(rows));
};

const loaded = await Promise.all(Array.from(suites.values(), (load) => load()));

describe.each(loaded)('suite $name', ({ groups }) => {
  it('gives every group an id of its own', () => {
    const ids = groups.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  describe.each(groups)('group $id', (group) => {
    const rows = group.kind === 'ratio' ? withBareRow(group) : group.contestants;
    const names = rows.map(({ name }) => name);

    it('gives every row a name of its own', () => {
      expect(new Set(names).size).toBe(names.length);
    });

    it('sets goals only for what it measures', () => {
      expect(unanswered(group)).toEqual([]);
    });
  });
});
