import { ServerResponse, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Clock } from '../../runtime/clock.ts';
import { deadlinesOf, type Deadline } from '../../runtime/deadline-queue.ts';
import { send, type ReadyAnswer } from '../inbound/answer.ts';

/** How long the other side has to read the answer and leave. */
const FAREWELL_MS = 1_000;

/** Destroys a socket whose other side does not leave by itself. */
const endSoon = (socket: Duplex, clock: Clock): void => {
  const queue = deadlinesOf(clock);
  const farewell: Deadline = {
    due: clock.now() + FAREWELL_MS,
    position: -1,
    keepsAlive: false,
    fire: () => void socket.destroy(),
  };
  queue.add(farewell);
  socket.once('close', () => {
    queue.remove(farewell);
    queue.tidy();
  });
};

const responseOn = (socket: Duplex, request: IncomingMessage): ServerResponse => {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  // Where a body was sent along it is no socket but a stream round it, of which Node asks no more.
  response.assignSocket(socket as Socket);
  return response;
};

/** Sends the first answer that can be sent; false where none could. */
const sendFirst = (response: ServerResponse, answers: readonly (() => ReadyAnswer)[]): boolean => {
  for (const answer of answers) {
    try {
      const ready = answer();
      // 101 would agree to the upgrade, and others below 200 are no answers.
      if (ready.status < 200) continue;
      send(response, ready);
      return true;
    } catch {
      // A user's own answer, and its fields, may be anything.
      if (response.headersSent) return false;
    }
  }
  return false;
};

/**
 * Answers a request to upgrade, of which the server has let go of the socket, and ends that. What still comes is
 * read and thrown away: unread, it would have the answer reset. Of the answers the first is sent that can be.
 */
export const answerUpgrade = (
  request: IncomingMessage,
  socket: Duplex,
  answers: readonly (() => ReadyAnswer)[],
  clock: Clock,
): void => {
  if (socket.destroyed || socket.writableEnded) return;
  const response = responseOn(socket, request);
  response.on('finish', () => socket.end());
  if (!sendFirst(response, answers)) {
    socket.destroy();
    return;
  }
  socket.resume();
  endSoon(socket, clock);
};
