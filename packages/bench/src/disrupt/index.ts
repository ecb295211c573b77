import type { Scenario } from './scenario.ts';
import { badBuild } from './scenarios/bad-build.ts';
import { blocked } from './scenarios/blocked.ts';
import { crashLoop } from './scenarios/crash-loop.ts';
import { graceful } from './scenarios/graceful.ts';
import { kill } from './scenarios/kill.ts';
import { orphans } from './scenarios/orphans.ts';
import { reload } from './scenarios/reload.ts';
import { replacement } from './scenarios/replacement.ts';
import { throughput } from './scenarios/throughput.ts';

/** Everything that is done to workers, in the order of the tables. */
export const scenarios: readonly Scenario[] = [
  reload,
  graceful,
  kill,
  replacement,
  badBuild,
  crashLoop,
  blocked,
  orphans,
  throughput,
];
