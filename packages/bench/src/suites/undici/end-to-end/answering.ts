// A server that answers every request at once with a small JSON document over kept-alive connections.
// Written on plain sockets, so that the client is what the processor is busy with.
import { createServer, type AddressInfo } from 'node:net';

const END_OF_REQUEST = '\r\n\r\n';
const BODY = JSON.stringify({ id: 1, state: 'paid', total: 4_200 });
const ANSWER = [
  'HTTP/1.1 200 OK',
  'content-type: application/json',
  `content-length: ${Buffer.byteLength(BODY)}`,
  `connection: keep-alive${END_OF_REQUEST}${BODY}`,
].join('\r\n');

/** How many requests without a body end in the bytes, and what is left of an unfinished one. */
const takeRequests = (text: string): { requests: number; rest: string } => {
  const parts = text.split(END_OF_REQUEST);
  return { requests: parts.length - 1, rest: parts.at(-1) ?? '' };
};

const server = createServer({ noDelay: true }, (socket) => {
  let pending = '';
  socket.setEncoding('latin1');
  socket.on('data', (text: string) => {
    const { requests, rest } = takeRequests(pending + text);
    pending = rest;
    if (requests > 0) socket.write(ANSWER.repeat(requests));
  });
  // The client lets go of its connections as it ends.
  socket.on('error', () => socket.destroy());
});

process.on('disconnect', () => process.exit());
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
