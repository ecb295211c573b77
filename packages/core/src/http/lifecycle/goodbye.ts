import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

/** A WebSocket frame: the last of a message, close, unmasked, two bytes: 1001, going away (RFC 6455, 7.4.1). */
const GOING_AWAY: Uint8Array = Uint8Array.of(0x88, 0x02, 0x03, 0xe9);

export const isWebSocket = ({ headers }: IncomingMessage): boolean =>
  headers.upgrade?.toLowerCase() === 'websocket';

/**
 * Tells the other side of an upgraded socket to leave. A WebSocket is answered by its client with a close frame
 * of its own, upon which whoever serves it ends the socket; of other protocols nothing is known.
 */
export const sayGoodbye = (socket: Duplex, request: IncomingMessage): void => {
  if (isWebSocket(request)) socket.write(GOING_AWAY);
  else socket.end();
};
