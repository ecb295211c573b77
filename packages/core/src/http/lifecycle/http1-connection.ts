import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Deadline } from '../../runtime/deadline-queue.ts';
import type { Upgrade } from './goodbyes.ts';

/** Who keeps the connections. */
export interface ConnectionOwner {
  /** A response of the connection is over; it may have been the last. */
  responseEnded(connection: Http1Connection): void;
}

/** One connection of HTTP/1. As a deadline it ends itself, unless it has work again by then. */
export class Http1Connection implements Deadline {
  due = 0;
  position = -1;
  /** The drain itself does. */
  readonly keepsAlive = false;
  readonly socket: Socket;
  /** Responses that are not over. */
  open = 0;
  upgrade: Upgrade | undefined = undefined;
  readonly #owner: ConnectionOwner;
  #newest: ServerResponse | undefined = undefined;
  /** The response that will say `Connection: close`, because we had it to. */
  #last: ServerResponse | undefined = undefined;
  #pipelines = false;
  /** Bytes that had come when the last response was over: more are a request on its way. */
  #bytesRead: number;
  /** The last request was answered before its body was there: what comes is thrown away, and no request. */
  #dumps = false;

  constructor(socket: Socket, owner: ConnectionOwner) {
    this.socket = socket;
    this.#bytesRead = socket.bytesRead;
    this.#owner = owner;
  }

  get isIdle(): boolean {
    return this.open === 0 && this.upgrade === undefined;
  }

  /** Whether the socket will take nothing more from us. */
  get isEnding(): boolean {
    return this.socket.writableEnded || this.socket.destroyed;
  }

  /** Whether part of a request has come. */
  get isReceiving(): boolean {
    return this.socket.bytesRead !== this.#bytesRead;
  }

  /** Counts a response, unless it is counted or over already. */
  begin(response: ServerResponse): boolean {
    if (response === this.#newest || response.closed || this.socket.closed) return false;
    this.#newest = response;
    if (++this.open > 1) this.#pipelines = true;
    response.on('close', this.#onClose);
    return true;
  }

  /**
   * Has the newest response say that the connection ends with it. Where requests come several at a time, those
   * that lie in the same packet are read first: Node answers nothing after a response that said so.
   */
  announceEnd(): void {
    if (this.#pipelines) queueMicrotask(() => this.#announce());
    else this.#announce();
  }

  /** The socket is closed: responses that wait behind another one would never tell (Node 22). */
  lose(): number {
    const { open } = this;
    this.open = 0;
    this.#forget();
    return open;
  }

  /** Where part of a request has come the rest is waited for, until the deadline of the drain. */
  fire(): void {
    if (this.isIdle && (this.#dumps || !this.isReceiving)) this.end();
  }

  /** Ends the connection once what was written has left; what still comes is not read. */
  end(): void {
    // A stream of the user's own that was handed to the server may have less than a socket.
    if (typeof this.socket.destroySoon === 'function') this.socket.destroySoon();
    else this.socket.end();
  }

  #announce(): void {
    if (this.#last?.headersSent === false) this.#last.shouldKeepAlive = true;
    this.#last = undefined;
    const newest = this.#newest;
    if (newest === undefined || newest.headersSent || !newest.shouldKeepAlive) return;
    // No header, which the handler of an error may take away again.
    newest.shouldKeepAlive = false;
    this.#last = newest;
  }

  #forget(): void {
    this.#newest = undefined;
    this.#last = undefined;
  }

  /** One for all responses: those of a connection end in their order, or all at once. */
  readonly #onClose = (): void => {
    if (this.open === 0) return;
    if (--this.open === 0) {
      this.#dumps = this.#newest?.req.complete === false;
      this.#forget();
      this.#bytesRead = this.socket.bytesRead;
    }
    this.#owner.responseEnded(this);
  };
}
