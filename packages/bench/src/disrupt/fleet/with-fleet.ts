import { Deployment } from '../app/deployment.ts';
import type { Keeping } from '../../faults/processes/keeping.ts';
import type { Contestant, Fleet, HoldfastOptions } from './fleet.ts';

/** Who is started, on what, and how. */
export interface Start {
  readonly contestant: Contestant;
  readonly binary: string;
  readonly keeping: Keeping;
  readonly options?: HoldfastOptions;
  readonly workers?: number;
}

/** A fleet at work, and where its service is deployed. */
export interface Running {
  readonly fleet: Fleet;
  readonly deployment: Deployment;
  readonly end: () => Promise<void>;
}

/** Deploys the service and starts a contestant with it. */
export const startFleet = async ({ contestant, ...start }: Start): Promise<Running> => {
  const deployment = Deployment.make(start.keeping);
  try {
    const fleet = await contestant.start({ ...start, deployment });
    const end = async (): Promise<void> => {
      await fleet.end();
      deployment.remove();
    };
    return { fleet, deployment, end };
  } catch (error) {
    deployment.remove();
    throw error;
  }
};

/** Starts a contestant, and ends it after use. */
export const withFleet = async <T>(
  start: Start,
  use: (running: Running) => Promise<T>,
): Promise<T> => {
  const running = await startFleet(start);
  try {
    return await use(running);
  } finally {
    await running.end();
  }
};
