import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const END_OF_HEADERS = '\r\n\r\n';
const SUCCESS = 'HTTP/1.1 200 ';
const REQUEST = [
  'GET /orders/1 HTTP/1.1',
  'host: api.example',
  'accept: application/json',
  `connection: keep-alive${END_OF_HEADERS}`,
].join('\r\n');

/** An answer that has arrived in full. */
export interface Answer {
  readonly head: string;
  readonly body: string;
}

const lengthOf = (head: string): number => {
  const length = /^content-length: (\d+)/im.exec(head)?.[1];
  if (length === undefined || !head.startsWith(SUCCESS)) throw new Error(`not expected: ${head}`);
  return Number(length);
};

/** The answer in the text, in which each character is a byte; undefined until it is complete. */
const answerIn = (text: string): Answer | undefined => {
  const endOfHead = text.indexOf(END_OF_HEADERS);
  if (endOfHead < 0) return undefined;
  const head = text.slice(0, endOfHead);
  const body = text.slice(endOfHead + END_OF_HEADERS.length);
  return body.length < lengthOf(head) ? undefined : { head, body };
};

/** A kept-alive connection on which one request at a time is under way; as little work as there can be. */
export class Connection {
  readonly #socket: Socket;
  #text = '';
  #answered: ((answer: Answer) => void) | undefined = undefined;
  #failed: ((error: unknown) => void) | undefined = undefined;

  private constructor(socket: Socket) {
    this.#socket = socket.setEncoding('latin1').setNoDelay(true);
    socket.on('data', (text: string) => this.#read(text));
    socket.on('error', (error) => this.#failed?.(error));
    socket.on('close', () => this.#failed?.(new Error('the server closed a connection')));
  }

  static async open(port: number): Promise<Connection> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new Connection(socket);
  }

  /** Sends a request; fulfils with its answer, which must be one of success. */
  ask(): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    this.#answered = resolve;
    this.#failed = reject;
    this.#text = '';
    this.#socket.write(REQUEST);
    return promise;
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(text: string): void {
    this.#text += text;
    try {
      const answer = answerIn(this.#text);
      if (answer !== undefined) this.#answered?.(answer);
    } catch (error) {
      this.#failed?.(error);
    }
  }
}
