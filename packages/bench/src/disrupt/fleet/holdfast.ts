import { startForked } from './forked.ts';
import { WORKERS, type Contestant, type HoldfastOptions } from './fleet.ts';
import { stageHoldfast } from './staging.ts';

let staged: string | undefined;

/** Holdfast with such options; without any, all defaults but for the number of workers. */
export const holdfastWith = (name: string, own: HoldfastOptions = {}): Contestant => ({
  name,
  side: 'holdfast',
  start: (parts) => {
    const { deployment, keeping, options, workers = WORKERS } = parts;
    staged ??= stageHoldfast(keeping);
    const config = { exec: deployment.program, workers, ...own, ...options };
    return startForked({ path: staged, config }, parts);
  },
});

export const HOLDFAST = 'Holdfast';

export const holdfast = holdfastWith(HOLDFAST);
