import { ServerResponse, type IncomingMessage } from 'node:http';
import { Socket } from 'node:net';

/** What the framework's router has matched. */
export const ROUTE = '/orders/:id';

const OK = 200;
const HEADERS = {
  host: 'api.example',
  'user-agent': 'bench',
  accept: 'application/json',
  'accept-encoding': 'gzip, deflate, br',
  connection: 'keep-alive',
};

/** Gives the connection of the next request. */
export type NextSocket = () => Socket;

/** Unconnected, but for its address one as the server has it. */
const socketOf = (address: string): Socket =>
  Object.defineProperty(new Socket(), 'remoteAddress', { value: address });

const sockets: Socket[] = [];

/** Connections of so many clients in turn, each with an address of its own; the same ones for all who ask. */
export const socketsInTurn = (clients: number): NextSocket => {
  for (let at = sockets.length; at < clients; at++)
    sockets.push(socketOf(`10.0.${at >> 8}.${at & 255}`));
  const [first = new Socket()] = sockets;
  let next = 0;
  return () => {
    next = next + 1 < clients ? next + 1 : 0;
    return sockets[next] ?? first;
  };
};

/** Makes a new request what Node's parser makes of it. */
export const arrive = (request: IncomingMessage): void => {
  request.method = 'GET';
  request.url = '/orders/1';
  request.headers = { ...HEADERS };
};

/** Node's response, but for what it tells of its end: nothing is written to any connection. */
export class UnsentResponse extends ServerResponse {
  isAnswered = false;
  isOver = false;
}

/** Lets responses with this prototype tell of their connection and their end as Node's do. */
export const tellEnd = (prototype: object): void => {
  const whenOver: PropertyDescriptor = {
    get(this: UnsentResponse) {
      return this.isOver;
    },
    configurable: true,
  };
  const told = ['closed', 'headersSent', 'writableEnded', 'writableFinished'];
  Object.defineProperties(prototype, Object.fromEntries(told.map((key) => [key, whenOver])));
  // One without a connection waits behind that to an earlier request.
  Object.defineProperty(prototype, 'socket', {
    get(this: UnsentResponse) {
      return this.isOver ? null : this.req.socket;
    },
    configurable: true,
  });
};

tellEnd(UnsentResponse.prototype);

let latest: UnsentResponse | undefined;

/** The handler has been called. */
export const answer = (response: UnsentResponse): void => {
  response.statusCode = OK;
  response.isAnswered = true;
};

/** The response has been sent in full. */
export const end = (response: UnsentResponse): void => {
  response.isOver = true;
  response.emit('finish');
  response.emit('close');
  latest = response;
};

/** Whether the latest response to end is the handler's. One that was refused would pass for a fast one. */
export const latestWasAnswered = (): boolean => {
  const found = latest;
  latest = undefined;
  return found !== undefined && found.isAnswered && found.statusCode === OK;
};
