import type { ServiceName } from '../app/services.ts';
import type { Fault, Site } from '../fault.ts';
import type { Finding } from '../finding.ts';
import { drill, PER_SECOND, type Course, type Outage } from './drill.ts';

/** Both frameworks and both clients. */
const SERVICES: readonly ServiceName[] = ['Express', 'Koa'];

/** What is done to a store under load, and what is to be seen of it. */
export interface Drill {
  readonly id: string;
  readonly title: string;
  readonly services?: readonly ServiceName[];
  readonly isPeers?: boolean;
  readonly isSimilar?: boolean;
  /** Calls back with the outage, and ends what it needed when that is through. */
  readonly stage: <T>(site: Site, play: (outage: Outage) => Promise<T>) => Promise<T>;
  readonly judge: (course: Course) => readonly Finding[];
}

/** A drill as a fault, with the services under load at the same time. */
export const underLoad = ({
  id,
  title,
  services = SERVICES,
  isPeers = false,
  isSimilar = false,
  stage,
  judge,
}: Drill): Fault => ({
  id,
  title: `${title}; ${services.join(' and ')} at ${PER_SECOND} requests a second each`,
  isPeers,
  isSimilar,
  run: (site) =>
    stage(site, async (outage) => (await drill(outage, services, site)).flatMap(judge)),
});
