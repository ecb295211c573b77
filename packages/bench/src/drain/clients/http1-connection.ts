import { connect, type Socket } from 'node:net';
import { BODY } from '../server/handle.ts';
import { takeAnswer } from './http1-answer.ts';

/** An answer that has not come by then does not come. */
const HANG_MS = 5_000;

/** How a request ended: `last` where the server said that the connection is over. */
export type Ending = 'answered' | 'last' | 'lost';

/** One kept-alive connection, on which one request is under way at a time. */
export class Http1Connection {
  readonly #socket: Socket;
  readonly #gone = new AbortController();
  #received = '';
  #body = '';
  #hung = false;
  #tell: ((ending: Ending) => void) | undefined = undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => this.#read(text));
    // The end that the other side makes is enough to know: nothing is written after it.
    for (const over of ['end', 'close', 'error']) socket.on(over, () => this.#over());
  }

  /** Undefined where nobody lets it in. */
  static open(port: number): Promise<Http1Connection | undefined> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    return new Promise((resolve) => {
      socket.once('error', () => resolve(undefined));
      socket.once('connect', () => resolve(new Http1Connection(socket)));
    });
  }

  /** Aborts when the connection is of no more use. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** Of the last answer. */
  get body(): string {
    return this.#body;
  }

  /** Whether it was given up because no answer came. */
  get hung(): boolean {
    return this.#hung;
  }

  /** Sends a request; only where the connection is of use. It is lost where no answer comes for so long. */
  ask(path: string, hangsMs = HANG_MS): Promise<Ending> {
    const { promise, resolve } = Promise.withResolvers<Ending>();
    const hangs = setTimeout(() => {
      this.#hung = true;
      this.#over();
    }, hangsMs);
    this.#tell = (ending) => {
      clearTimeout(hangs);
      this.#tell = undefined;
      resolve(ending);
    };
    this.#socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
    return promise;
  }

  close(): void {
    this.#over();
  }

  #read(text: string): void {
    this.#received += text;
    const answer = takeAnswer(this.#received);
    if (answer === undefined) return;
    this.#received = answer.rest;
    this.#body = answer.body;
    const sound = answer.status === 200 && answer.body.endsWith(BODY);
    const tell = this.#tell;
    if (answer.closes) this.#gone.abort();
    if (!sound) this.#over();
    else tell?.(answer.closes ? 'last' : 'answered');
  }

  #over(): void {
    this.#gone.abort();
    this.#tell?.('lost');
    this.#socket.destroy();
  }
}
