// What becomes of a service when its store freezes, dies, stalls or forgets. Exit code 1 when a promise is missed.
import { UsageError } from '../command-line.ts';
import { chosen, commandOf, usage, type Command } from './command-line.ts';
import type { Fault, Site } from './fault.ts';
import { always, type Finding } from './finding.ts';
import { faults } from './index.ts';
import { Keeping } from './processes/keeping.ts';
import { versionOfRedis } from './processes/redis.ts';
import { jsonReport } from './report/json.ts';
import { isSound, type Outcome } from './report/outcome.ts';
import { headLines, outcomeLines, sumLines } from './report/text.ts';

const MS_PER_SECOND = 1_000;

/** What could not be shown is a promise missed, and no reason to show no more. */
const findingsOf = async ({ id, run }: Fault, site: Site): Promise<readonly Finding[]> => {
  try {
    return await run(site);
  } catch (error) {
    console.error(`${id}:`, error);
    return [always('shown to its end', 0, 1)];
  }
};

const outcomeOf = async (fault: Fault, site: Site): Promise<Outcome> => {
  const { id, title } = fault;
  const begin = performance.now();
  const findings = await findingsOf(fault, site);
  return { id, title, seconds: (performance.now() - begin) / MS_PER_SECOND, findings };
};

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

const keeping = new Keeping();
try {
  if (!(await run(commandOf(process.argv.slice(2)), keeping))) process.exitCode = 1;
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\n\n${usage(faults)}`);
  process.exitCode = 2;
} finally {
  keeping.end();
}
// Whatever a fault that failed has left open.
process.exit();
