import type { Suite } from '../../harness/suite.ts';
import { endToEnd } from './end-to-end/index.ts';
import { micro } from './micro/index.ts';

/** Middleware of Express 5 and Koa 3: time and bytes of a request called directly, and of one over sockets. */
export const inboundSuite: Suite = {
  name: 'inbound',
  packages: [
    '@holdfast/core',
    '@holdfast/express',
    '@holdfast/koa',
    'express',
    'koa',
    'express-rate-limit',
    'koa-ratelimit',
    'rate-limiter-flexible',
  ],
  groups: [...micro, ...endToEnd],
};
