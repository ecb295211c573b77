import type { IncomingMessage, ServerResponse } from 'node:http';
import { constants, type Http2Session, type ServerHttp2Stream } from 'node:http2';

/**
 * Who ended a response that is closed: nobody (it is complete), the client, or this server. An answer that
 * its handler had given in full and that was cut on its way is not the server's doing.
 */
export type Ending = 'complete' | 'client' | 'server';

/** The stream behind a response over HTTP/2; undefined for one over HTTP/1. */
export const streamOf = (response: ServerResponse): ServerHttp2Stream | undefined =>
  response.req.httpVersionMajor === 2 && 'stream' in response
    ? (response.stream as ServerHttp2Stream)
    : undefined;

/** Whether all of a request has come; that of HTTP/2 does not say so itself before it is read. */
export const hasArrived = (request: IncomingMessage, response: ServerResponse): boolean => {
  const stream = streamOf(response);
  if (stream === undefined) return request.complete;
  return stream.endAfterHeaders || stream.state.remoteClose === 1;
};

/** Whether the response to a pipelined request has no connection yet: another one has it. */
export const isBehind = (response: ServerResponse): boolean =>
  response.socket === null && !response.closed && streamOf(response) === undefined;

/** Whether nothing more can come: `close` was emitted, or is about to be. */
export const isOver = (response: ServerResponse): boolean => {
  const stream = streamOf(response);
  if (stream !== undefined) return stream.destroyed;
  // Node 22 closes no response that waits behind another when the connection ends.
  return response.closed || (isBehind(response) && response.req.socket.destroyed);
};

/**
 * Reads who ended the response, once it has emitted `close`. `session` is the one it came with, which a
 * stream that is closed has lost.
 *
 * `req.aborted` and `req.errored` cannot tell: both are also set when this server destroys the socket, as
 * Express does for an error after the headers. Nor can `res.errored`: Node and Koa destroy a response
 * whose client left with an error of their own.
 */
export const endingOf = (response: ServerResponse, session: Http2Session | undefined): Ending => {
  const stream = streamOf(response);
  if (stream !== undefined) return endingOfStream(stream, session);
  if (response.writableFinished) return 'complete';
  const { readableEnded, errored } = response.req.socket;
  const broke = errored !== null && errored !== response.errored && !isCancelled(errored);
  return readableEnded || broke || response.writableEnded ? 'client' : 'server';
};

/**
 * Whoever destroys a response hands its error on to the socket, and Node cancels what was not sent yet; a
 * client's reset is another error.
 */
const isCancelled = (error: Error): boolean => 'code' in error && error.code === 'ECANCELED';

/** A client cancelled its request, or broke it off against the rules. */
const BY_CLIENT: ReadonlySet<number | undefined> = new Set([
  constants.NGHTTP2_CANCEL,
  constants.NGHTTP2_PROTOCOL_ERROR,
  constants.NGHTTP2_FLOW_CONTROL_ERROR,
  constants.NGHTTP2_STREAM_CLOSED,
  constants.NGHTTP2_FRAME_SIZE_ERROR,
]);

/** `writableFinished` is true even where the client cancelled. */
const endingOfStream = (
  { aborted, rstCode, writableFinished, errored }: ServerHttp2Stream,
  session: Http2Session | undefined,
): Ending => {
  const ended = rstCode === constants.NGHTTP2_NO_ERROR && writableFinished;
  if (ended && !aborted) return 'complete';
  const cancelled = BY_CLIENT.has(rstCode);
  // Where the session went along the stream did not break by itself.
  const gone = errored !== null && session?.destroyed === true;
  return cancelled || ended || gone ? 'client' : 'server';
};
