import { commandOf, usage, UsageError, type Command } from './command-line.ts';
import { findingsOf } from './harness/goals.ts';
import { jsonReport } from './harness/json-report.ts';
import { describeMachine } from './harness/machine.ts';
import { runGroup, type GroupResult, type RunOptions } from './harness/run-group.ts';
import { selected } from './harness/selection.ts';
import { findingLines, groupLines, headLines } from './harness/text-report.ts';
import { obey } from './obey.ts';
import { suites } from './suites/index.ts';

/** Figures that miss a goal say so; the run is as it should be all the same. */
const run = async ({ suite: name, json, quick, rounds, only }: Command): Promise<true> => {
  const load = suites.get(name);
  if (load === undefined) throw new UsageError(`unknown suite ${name}`);
  const suite = await load();
  const groups = selected(suite.groups, only);
  if (groups.length === 0) throw new UsageError(`--only ${only} matches nothing in ${name}`);
  const machine = describeMachine(suite.packages);
  const options: RunOptions = { suite: name, rounds, effort: quick ? 'quick' : 'full' };
  const say = (lines: readonly string[]): void => {
    if (!json) for (const line of lines) console.log(line);
  };
  say(headLines(machine, rounds, quick));
  const results: GroupResult[] = [];
  for (const group of groups) {
    const result = await runGroup(group, options);
    results.push(result);
    say(groupLines(result));
  }
  const findings = results.flatMap(findingsOf);
  say(findingLines(findings));
  if (json) console.log(jsonReport(options, machine, results, findings));
  return true;
};

await obey({ commandOf, usage: () => usage([...suites.keys()]), run });
