import { connect, type Socket } from 'node:net';
import { AnswerReader, type Answer } from './answer-reader.ts';
import { until } from './until.ts';

/** A request, or the first part of one. */
export interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** All of the body. For an upload in parts give `Content-Length` instead, and `write` the parts. */
  readonly body?: string;
}

const headOf = (path: string, { method = 'GET', headers = {}, body }: Sent): string => {
  const length = body === undefined ? {} : { 'Content-Length': `${Buffer.byteLength(body)}` };
  const fields = Object.entries({ Host: 'holdfast', ...length, ...headers });
  const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
};

/** A client over one plain connection, which sees every byte and can leave in any way at any time. */
export class RawClient {
  /** Whether its connection should still work at the end; `run-scenario` tries. */
  left = false;
  readonly #socket: Socket;
  readonly #reader = new AnswerReader();
  #taken = 0;
  /** It left by itself, so that what still comes is nobody's. */
  #deaf = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (bytes: Buffer) => {
      if (!this.#deaf) this.#reader.feed(bytes);
    });
    socket.on('close', () => this.#reader.finish());
    socket.on('error', () => undefined); // `close` follows
  }

  static async connect(port: number): Promise<RawClient> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    const client = new RawClient(socket);
    await until(() => socket.readyState === 'open', 'a connection');
    return client;
  }

  /** Whether the connection is over. */
  get closed(): boolean {
    return this.#socket.destroyed;
  }

  get localPort(): number {
    return this.#socket.localPort ?? 0;
  }

  get surplus(): string {
    return this.#reader.surplus;
  }

  /** Answers that came so far, taken or not. */
  get answers(): readonly Answer[] {
    return this.#reader.answers;
  }

  /** Sends a request and does not wait: several in a row are pipelined. */
  send(path: string, request: Sent = {}): void {
    this.#reader.expect(request.method ?? 'GET');
    this.#socket.write(headOf(path, request) + (request.body ?? ''));
  }

  /** Several requests in one packet. */
  pipeline(paths: readonly string[]): void {
    for (const _ of paths) this.#reader.expect('GET');
    this.#socket.write(paths.map((path) => headOf(path, {})).join(''));
  }

  /** A request that is written by hand. */
  expect(method: string): void {
    this.#reader.expect(method);
  }

  /** More of an upload, or anything else. */
  write(bytes: string): void {
    this.#socket.write(bytes);
  }

  /** The next answer that nobody has taken. */
  async answer(patienceMs?: number): Promise<Answer> {
    const answer = await until(
      () => this.#reader.answers[this.#taken] ?? (this.closed ? ('closed' as const) : undefined),
      'an answer',
      patienceMs,
    );
    if (answer === 'closed') throw new Error('the connection closed without an answer');
    this.#taken++;
    return answer;
  }

  /** Sends one and waits for its answer. */
  get(path: string, request: Sent = {}): Promise<Answer> {
    this.send(path, request);
    return this.answer();
  }

  /** The answer under way, as soon as its head and `body` of it are there. */
  begun(body = ''): Promise<Answer> {
    return until(() => {
      const begun = this.#reader.begun;
      return begun?.body.startsWith(body) ? begun : undefined;
    }, `the beginning of an answer, and "${body}" of it`);
  }

  /** Sees a 1xx or the head of an answer. */
  async continued(): Promise<void> {
    await until(() => this.#socket.bytesRead > 0, '100 Continue');
  }

  /** The server ends the connection. */
  async hangUp(): Promise<void> {
    this.left = true;
    await until(() => this.closed, 'the end of the connection');
  }

  /** Leaves in good manners. */
  fin(): void {
    this.#leave();
    this.#socket.end();
  }

  /** Leaves as a process that was killed, or a network that broke. */
  rst(): void {
    this.#leave();
    this.#socket.resetAndDestroy();
  }

  /** As the scenario is done with it. */
  leave(): void {
    this.#leave();
    this.#socket.destroy();
  }

  /** Reads no more, so that the server has to wait. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  #leave(): void {
    this.left = true;
    this.#deaf = true;
  }

  destroy(): void {
    this.#socket.destroy();
  }
}
