import type { RatioGroup } from '../../../harness/suite.ts';
import { direct, type Framework, type Guarded } from './framework.ts';

const THREE_NS = 3_000;

/** What both adapters export for these rows, ready to be mounted. */
export interface Pieces<Middleware> {
  readonly breaker: () => Middleware;
  readonly timeout: () => Middleware;
  readonly bulkhead: () => Middleware;
  readonly deadline: () => Middleware;
  readonly guardOfThree: () => Middleware;
  readonly guardOfAll: () => Middleware;
}

/** What each guard adds to a request that is answered at once. */
export const policies = <Middleware>(
  framework: Framework<Middleware>,
  { breaker, timeout, bulkhead, deadline, guardOfThree, guardOfAll }: Pieces<Middleware>,
): RatioGroup => {
  const row = (
    name: string,
    make: () => Middleware,
    bound: Pick<Guarded<Middleware>, 'atMostNs'> = {},
  ): Guarded<Middleware> => ({ name: `Holdfast ${name}`, side: 'holdfast', make, ...bound });
  const three = (): Middleware => framework.chain([bulkhead(), timeout(), breaker()]);
  return direct(framework, {
    id: 'policies',
    title: 'one request through each guard, answered at once',
    clients: 1,
    rows: [
      row('breaker', breaker),
      row('timeout', timeout),
      row('bulkhead', bulkhead),
      row('deadline', deadline),
      row('bulkhead, timeout, breaker', three, { atMostNs: THREE_NS }),
      row('guard of these three', guardOfThree, { atMostNs: THREE_NS }),
      row('guard of all five', guardOfAll),
    ],
  });
};
