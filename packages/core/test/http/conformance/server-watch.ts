import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { AnswerReader } from './answer-reader.ts';

/** How many listeners stand on each event. */
export type Listeners = ReadonlyMap<string, number>;

const listenersOf = (emitter: NodeJS.EventEmitter): Listeners =>
  new Map(emitter.eventNames().map((name) => [String(name), emitter.listenerCount(name)]));

/** What `left` has and `bare` has not. */
export const listenersLeft = (left: Listeners, bare: Listeners): readonly string[] =>
  [...left]
    .filter(([event, count]) => count > (bare.get(event) ?? 0))
    .map(([event, count]) => `${event} ×${count} (bare app: ×${bare.get(event) ?? 0})`);

interface Connection {
  readonly socket: Socket;
  readonly methods: string[];
  readonly written: Buffer[];
}

interface Request {
  readonly label: string;
  /** Whether its connection, or its stream, is no more. */
  gone(): boolean;
  closed: boolean;
}

/** Over HTTP/2 the socket belongs to the session, and cannot be read once that has ended. */
const goneOf = (request: IncomingMessage): (() => boolean) => {
  const { socket } = request;
  const stream: unknown = Reflect.get(request, 'stream');
  return stream === undefined
    ? () => socket.destroyed
    : () => (stream as { readonly destroyed: boolean }).destroyed;
};

/** Sees each connection and each response from the server's side, and adds no listener to a socket. */
export class ServerWatch {
  readonly #connections = new Map<Socket, Connection>();
  readonly #requests: Request[] = [];

  watch(server: Server): void {
    server.on('connection', (socket: Socket) => this.#connect(socket));
  }

  /** Call it for each request, before the app sees it. */
  arrived(request: IncomingMessage, response: ServerResponse): void {
    const { method = '', url = '' } = request;
    const entry: Request = { label: `${method} ${url}`, gone: goneOf(request), closed: false };
    this.#connections.get(request.socket)?.methods.push(method);
    this.#requests.push(entry);
    response.on('close', () => {
      entry.closed = true;
    });
  }

  /** Requests whose response is not over, on connections that are not over either. */
  get open(): readonly string[] {
    return this.#requests
      .filter(({ closed, gone }) => !closed && !gone())
      .map(({ label }) => label);
  }

  get count(): number {
    return this.#requests.length;
  }

  /** Connections on which the server wrote more than one answer for a request, or no valid one. */
  surpluses(): readonly string[] {
    return [...this.#connections.values()].flatMap(({ methods, written }) => {
      if (methods.length === 0) return []; // Node itself answers what is no request
      const reader = new AnswerReader();
      for (const method of methods) reader.expect(method);
      reader.feed(Buffer.concat(written));
      return reader.surplus === '' ? [] : [`more than the answer: ${reader.surplus.slice(0, 80)}`];
    });
  }

  /** The listeners on the server's end of a connection. */
  listenersAt(clientPort: number): Listeners {
    const found = [...this.#connections.keys()].find(({ remotePort }) => remotePort === clientPort);
    return found === undefined ? new Map() : listenersOf(found);
  }

  #connect(socket: Socket): void {
    const written: Buffer[] = [];
    this.#connections.set(socket, { socket, methods: [], written });
    const write = socket.write.bind(socket) as (...given: readonly unknown[]) => boolean;
    socket.write = (...given: readonly unknown[]): boolean => {
      const [bytes, encoding] = given;
      written.push(
        typeof bytes === 'string'
          ? Buffer.from(bytes, typeof encoding === 'string' ? (encoding as 'utf8') : 'utf8')
          : Buffer.from(bytes as Uint8Array),
      );
      return write(...given);
    };
  }
}
