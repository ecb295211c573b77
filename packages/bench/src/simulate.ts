import { obey } from './obey.ts';
import { commandOf, usage, type Command } from './simulations/command-line.ts';
import { simulations } from './simulations/index.ts';
import type { Report } from './simulations/report/simulation.ts';
import { headLines, reportLines } from './simulations/report/text.ts';

const names = [...simulations.keys()];

const run = async ({ only, seeds, json }: Command): Promise<boolean> => {
  if (!json) console.log(headLines(seeds).join('\n'));
  const reports: ({ readonly name: string } & Report)[] = [];
  for (const [name, simulate] of simulations) {
    if (only !== undefined && name !== only) continue;
    const report = await simulate(seeds, 'full');
    reports.push({ name, ...report });
    if (!json) console.log(reportLines(name, report).join('\n'));
  }
  if (json) console.log(JSON.stringify({ seeds, reports }, undefined, 2));
  return reports.every(({ claims }) => claims.every(({ ok }) => ok));
};

await obey({ commandOf: (args) => commandOf(args, names), usage: () => usage(names), run });
