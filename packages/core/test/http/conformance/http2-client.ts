import { connect, constants, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2';
import { connect as connectSocket, type Socket } from 'node:net';
import { until } from './until.ts';
import type { Sent } from './raw-client.ts';

/** One stream of HTTP/2 from its client's side. */
export class Http2Exchange {
  status: number | undefined = undefined;
  headers: Readonly<Record<string, string | string[] | undefined>> = {};
  body = '';
  /** `NO_ERROR` for one that is complete. */
  rstCode: number | undefined = undefined;
  /** How often the server answered. */
  answers = 0;
  readonly stream: ClientHttp2Stream;

  constructor(stream: ClientHttp2Stream) {
    this.stream = stream;
    stream.on('response', (headers) => {
      this.answers++;
      this.headers = headers;
      this.status = headers[':status'];
    });
    stream.on('data', (bytes: Buffer) => {
      this.body += bytes.toString();
    });
    stream.on('error', () => undefined); // `close` follows
    stream.on('close', () => {
      this.rstCode = stream.rstCode;
    });
  }

  /** Waits for the end, whatever it is. */
  async over(): Promise<this> {
    await until(() => this.rstCode !== undefined, 'the end of a stream');
    return this;
  }

  async begun(body = ''): Promise<this> {
    await until(() => this.status !== undefined && this.body.startsWith(body), 'an answer begun');
    return this;
  }

  /** Leaves, as a browser does whose user goes to another page. */
  cancel(): void {
    this.stream.close(constants.NGHTTP2_CANCEL);
  }
}

/** A client of one HTTP/2 session. */
export class Http2Client {
  left = false;
  readonly localPort: number;
  readonly #socket: Socket;
  readonly #session: ClientHttp2Session;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.localPort = socket.localPort ?? 0;
    this.#session = connect('http://127.0.0.1', { createConnection: () => socket });
    this.#session.on('error', () => undefined);
    socket.on('error', () => undefined);
  }

  static async connect(port: number): Promise<Http2Client> {
    const socket = connectSocket({ port, host: '127.0.0.1', noDelay: true });
    await until(() => socket.readyState === 'open', 'a connection');
    return new Http2Client(socket);
  }

  /** Opens a stream. A POST without a body is an upload that stays open. */
  send(path: string, { method = 'GET', headers = {}, body }: Sent = {}): Http2Exchange {
    const stream = this.#session.request(
      { ':path': path, ':method': method, ...headers },
      { endStream: body === undefined && method !== 'POST' },
    );
    if (body !== undefined) stream.end(body);
    return new Http2Exchange(stream);
  }

  get(path: string, request: Sent = {}): Promise<Http2Exchange> {
    return this.send(path, request).over();
  }

  /** The whole session goes, with all its streams. */
  leave(): void {
    this.left = true;
    this.#session.destroy();
  }

  /** Its process ends, and the connection with it. */
  fin(): void {
    this.left = true;
    this.#socket.destroy();
  }

  /** The network breaks. */
  rst(): void {
    this.left = true;
    this.#socket.resetAndDestroy();
  }

  destroy(): void {
    this.#session.destroy();
  }
}
