import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { listen } from '../../origin.ts';

/** A request as the server saw it, body and all. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Answers one request; `attempt` is 1 for the first that the server saw. */
export type Answering = (response: ServerResponse, seen: Seen, attempt: number) => void;

/** A real server that keeps what it saw. */
export interface Recorder {
  readonly url: string;
  readonly seen: readonly Seen[];
  /** How many connections were closed before their answer was. */
  readonly broken: () => number;
  /** Sockets that are open now. */
  readonly sockets: ReadonlySet<unknown>;
}

export const recorder = async (answer: Answering): Promise<Recorder> => {
  const seen: Seen[] = [];
  const sockets = new Set<unknown>();
  let broken = 0;
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    response.on('close', () => {
      if (!response.writableFinished) broken++;
    });
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const { method = '', url: path = '', headers } = incoming;
      const request = { method, path, headers, body: Buffer.concat(chunks).toString() };
      answer(response, request, seen.push(request));
    });
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  return { url: await listen(server), seen, broken: () => broken, sockets };
};

/** A server that answers with these statuses, and then with the last for ever. */
export const answersWith = (...statuses: readonly number[]): Promise<Recorder> =>
  recorder((response, _, attempt) => {
    const status = statuses[Math.min(attempt, statuses.length) - 1] ?? 200;
    response.writeHead(status).end(`answer ${attempt}`);
  });
