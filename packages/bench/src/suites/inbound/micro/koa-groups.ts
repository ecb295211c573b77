import { breaker, bulkhead, deadline, guard, rateLimit, timeout } from '@holdfast/koa';
import type { Context } from 'koa';
import { PARTS, QUOTA } from '../limits.ts';
import { flexibleKoa, koaRateLimit } from '../peers.ts';
import { onKoa } from './koa.ts';
import { policies } from './policies.ts';
import { rateLimits } from './rate-limits.ts';

const { rateLimit: limit, deadline: due, ...three } = PARTS;
const silent = { ...limit, fields: 'none' } as const;
const address = ({ req }: Context): string => req.socket.remoteAddress ?? '';

export const koaGroups = [
  policies(onKoa, {
    breaker: () => breaker(three.breaker),
    timeout: () => timeout(three.timeout),
    bulkhead: () => bulkhead(three.bulkhead),
    deadline: () => deadline(due),
    guardOfThree: () => guard(three),
    guardOfAll: () => guard(PARTS),
  }),
  ...rateLimits(onKoa, {
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
      { name: 'koa-ratelimit', side: 'peer', make: () => koaRateLimit(true) },
      { name: 'rate-limiter-flexible', side: 'peer', make: flexibleKoa },
    ],
    withFields: [
      { name: 'Holdfast rateLimit', side: 'holdfast', make: () => rateLimit(limit) },
      {
        name: 'Holdfast rateLimit, sliding window',
        side: 'holdfast',
        make: () => rateLimit(QUOTA),
      },
      { name: 'koa-ratelimit', side: 'peer', make: () => koaRateLimit(false) },
    ],
  }),
];
