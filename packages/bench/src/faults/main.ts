// What becomes of a service when its store freezes, dies, stalls or forgets. Exit code 1 when a promise is missed.
import { chosen, commandOf, usage, type Command } from './command-line.ts';
import type { Fault, Site } from './fault.ts';
import { faults } from './index.ts';
import type { Keeping } from './processes/keeping.ts';
import { obeyKeeping } from './processes/obey-keeping.ts';
import { versionOfRedis } from './processes/redis.ts';
import { jsonReport } from './report/json.ts';
import { isSound, type Outcome } from './report/outcome.ts';
import { headLines, outcomeLines, sumLines } from './report/text.ts';
import { toItsEnd } from './to-its-end.ts';

const outcomeOf = async ({ id, title, run }: Fault, site: Site): Promise<Outcome> => ({
  id,
  title,
  ...(await toItsEnd(id, async () => ({ findings: await run(site) }))),
});

/** Prints a table for each fault; tells whether all promises were kept. */
const run = async (command: Command, keeping: Keeping): Promise<boolean> => {
  const { quick, json } = command;
  const say = (lines: readonly string[]): void => {
    if (!json) console.log(lines.join('\n'));
  };
  const picked = chosen(faults, command);
  const redis = versionOfRedis();
  say(headLines(redis, quick));
  const outcomes: Outcome[] = [];
  for (const fault of picked) {
    const outcome = await outcomeOf(fault, { quick, keeping });
    outcomes.push(outcome);
    say(outcomeLines(outcome));
  }
  say(sumLines(outcomes));
  if (json) console.log(jsonReport({ redis, quick }, outcomes));
  return outcomes.every(isSound);
};

await obeyKeeping({ commandOf, usage: () => usage(faults), run });
