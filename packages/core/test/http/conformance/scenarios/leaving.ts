import type { Scenario } from '../run-scenario.ts';
import type { World } from '../world.ts';
import { ANSWERED_STAGES } from './leaving-answered.ts';
import { UNANSWERED_STAGES } from './leaving-unanswered.ts';

type Leave = 'fin' | 'rst';

const WAYS: Readonly<Record<Leave, string>> = {
  fin: 'a client who closes its connection',
  rst: 'a client whose connection breaks',
};

/** Clients who leave, politely and not, at every stage of a request. */
export const LEAVING_SCENARIOS: readonly Scenario[] = [
  ...UNANSWERED_STAGES,
  ...ANSWERED_STAGES,
].flatMap(({ when, run }) =>
  (['fin', 'rst'] as const).map((way) => ({
    title: `${WAYS[way]} ${when} holds nothing and blames nobody`,
    run: (world: World) => run(world, (client) => client[way]()),
  })),
);
