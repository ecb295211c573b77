import type { IncomingMessage } from 'node:http';

/**
 * Reads what is still to come of a request whose handler is late, and throws it away. Node does so only where
 * nobody has read any of it; a half that nobody reads would hold up the next request of the connection. The
 * late handler can neither stop that nor destroy the connection; its streams end with the upload.
 */
export const discardUpload = (request: IncomingMessage): void => {
  const { socket } = request;
  const destroy = request.destroy.bind(request);
  const isGone = (): boolean => socket.destroyed || socket.readableEnded;
  request.unpipe();
  request.removeAllListeners('data');
  request.removeAllListeners('readable');
  // A listener, since a stream that loses its last one stops.
  request.on('data', ignore).resume();
  Object.defineProperties(request, {
    destroy: kept((error?: Error) => (isGone() ? destroy(error) : request)),
    pause: kept(() => request),
    // `stream.pipeline` takes it away before it destroys, and nothing could be read any more.
    socket: { get: () => socket, set: ignore, configurable: true },
  });
};

const ignore = (): void => undefined;

const kept = (value: unknown): PropertyDescriptor => ({
  value,
  configurable: true,
  writable: true,
});
