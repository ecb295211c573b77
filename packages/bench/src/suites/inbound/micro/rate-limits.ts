import type { RatioGroup } from '../../../harness/suite.ts';
import { figure } from '../../../harness/table.ts';
import { direct, type Framework, type Guarded } from './framework.ts';

const WITHOUT_FIELDS_NS = 450;
const WITH_FIELDS_NS = 1_200;
const CLIENTS = [1, 10_000] as const;

type Rows<Middleware> = readonly Omit<Guarded<Middleware>, 'atMostNs'>[];

/** Everybody's rate limits, none of which is ever reached. */
export interface RateLimits<Middleware> {
  readonly withoutFields: Rows<Middleware>;
  readonly withFields: Rows<Middleware>;
}

const bounded = <Middleware>(
  rows: Rows<Middleware>,
  atMostNs: number,
): readonly Guarded<Middleware>[] =>
  rows.map((row) => (row.side === 'holdfast' ? { ...row, atMostNs } : row));

/** What a rate limit adds, for one client and for many in turn, silent and telling what is left. */
export const rateLimits = <Middleware>(
  framework: Framework<Middleware>,
  { withoutFields, withFields }: RateLimits<Middleware>,
): readonly RatioGroup[] =>
  CLIENTS.flatMap((clients) => {
    const whose = clients === 1 ? 'one client' : `${figure(clients)} clients in turn`;
    return [
      direct(framework, {
        id: `rate-limit-${clients}`,
        title: `rate limits that are not reached, ${whose}`,
        clients,
        rows: bounded(withoutFields, WITHOUT_FIELDS_NS),
      }),
      direct(framework, {
        id: `rate-limit-fields-${clients}`,
        title: `rate limits with fields of the answer, ${whose}`,
        clients,
        rows: bounded(withFields, WITH_FIELDS_NS),
      }),
    ];
  });
