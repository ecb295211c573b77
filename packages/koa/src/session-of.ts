import { sessionOf as sessionOfResponse, type Session } from '@holdfast/core/inbound';
import type { Context } from './middleware.ts';

/** The session of a request, as `ctx.state.session`. Throws `TypeError` where no `session` stands in front. */
export const sessionOf = ({ res }: Context): Session => sessionOfResponse(res);
