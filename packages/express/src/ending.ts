import type { Response } from 'express';

/** Who ended a response that is closed: nobody (it is complete), the client, or this server. */
export type Ending = 'complete' | 'client' | 'server';

/**
 * Reads who ended the response, once it has emitted `close`.
 *
 * `req.aborted` and `req.errored` cannot tell: both are also set when this server destroys the
 * socket, as Express does for an error after the headers.
 */
export const endingOf = (response: Response): Ending => {
  if (response.writableFinished) return 'complete';
  if (response.errored !== null) return 'server';
  const { socket } = response.req;
  return socket.readableEnded || socket.errored !== null ? 'client' : 'server';
};
