import type { RatioGroup } from '../../../harness/suite.ts';
import { expressGroups } from './express-groups.ts';
import { koaGroups } from './koa-groups.ts';

/** Middlewares called directly. */
export const micro: readonly RatioGroup[] = [...expressGroups, ...koaGroups];
