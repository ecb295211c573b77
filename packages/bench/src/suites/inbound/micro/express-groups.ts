import { breaker, bulkhead, deadline, guard, rateLimit, timeout } from '@holdfast/express';
import type { Request } from 'express';
import { PARTS, QUOTA } from '../limits.ts';
import { expressRateLimit, flexibleExpress } from '../peers.ts';
import { onExpress } from './express.ts';
import { policies } from './policies.ts';
import { rateLimits } from './rate-limits.ts';

const { rateLimit: limit, deadline: due, ...three } = PARTS;
const silent = { ...limit, fields: 'none' } as const;
const address = ({ socket }: Request): string => socket.remoteAddress ?? '';

export const expressGroups = [
  policies(onExpress, {
    breaker: () => breaker(three.breaker),
    timeout: () => timeout(three.timeout),
    bulkhead: () => bulkhead(three.bulkhead),
    deadline: () => deadline(due),
    guardOfThree: () => guard(three),
    guardOfAll: () => guard(PARTS),
  }),
  ...rateLimits(onExpress, {
    withoutFields: [
      { name: 'Holdfast rateLimit', side: 'holdfast', make: () => rateLimit(silent) },
      {
        name: 'Holdfast rateLimit, key of one’s own',
        side: 'holdfast',
        make: () => rateLimit({ ...silent, key: address }),
      },
      {
        name: 'Holdfast rateLimit, sliding window',
        side: 'holdfast',
        make: () => rateLimit({ ...QUOTA, fields: 'none' }),
      },
      { name: 'express-rate-limit', side: 'peer', make: () => expressRateLimit(false) },
      { name: 'rate-limiter-flexible', side: 'peer', make: flexibleExpress },
    ],
    withFields: [
      { name: 'Holdfast rateLimit', side: 'holdfast', make: () => rateLimit(limit) },
      {
        name: 'Holdfast rateLimit, sliding window',
        side: 'holdfast',
        make: () => rateLimit(QUOTA),
      },
      {
        name: 'express-rate-limit, draft 8',
        side: 'peer',
        make: () => expressRateLimit('draft-8'),
      },
    ],
  }),
];
