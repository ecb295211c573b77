import { exchangeOf, type Inbound } from '@holdfast/core/inbound';
import type { Context } from './middleware.ts';

/**
 * What a handler can learn of its request: the signal that tells it to stop, the time that is left, what rate
 * limits decided. There with or without a guard; behind one it is `ctx.state.holdfast` too.
 */
export const inbound = ({ req, res }: Context): Inbound => exchangeOf(req, res);
