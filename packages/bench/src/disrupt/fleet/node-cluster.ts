import { startForked } from './forked.ts';
import { WORKERS, type Contestant } from './fleet.ts';
import type { Recipe, RecipeConfig } from './recipes.ts';

interface Way {
  readonly recipe?: Recipe;
  readonly scheduling?: RecipeConfig['scheduling'];
}

const PROGRAM = new URL('recipe-primary.ts', import.meta.url);

/** `node:cluster` without anything else: another worker for each that ends, and a reload by the recipe. */
export const nodeCluster = (
  name: string,
  { recipe = 'fork, then SIGTERM', scheduling = 'round-robin' }: Way = {},
): Contestant => ({
  name,
  side: 'bare',
  start: (parts) => {
    const { deployment, workers = WORKERS } = parts;
    const config: RecipeConfig = { program: deployment.program, workers, recipe, scheduling };
    const env = recipe === 'fork, then server.close()' ? { CLOSE_ON: 'SIGTERM' } : {};
    return startForked({ path: PROGRAM, config, env }, parts);
  },
});
