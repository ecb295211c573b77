import type { Http2Session, ServerHttp2Stream } from 'node:http2';
import type { Clock } from '../../runtime/clock.ts';
import { deadlinesOf, type Deadline, type DeadlineQueue } from '../../runtime/deadline-queue.ts';
import { GRACE_MS } from './http1-connections.ts';

/** One connection of HTTP/2. As a deadline it ends its socket, which Node leaves open for the other side to end. */
class Session implements Deadline {
  due = 0;
  position = -1;
  /** The drain itself does. */
  readonly keepsAlive = false;
  streams = 0;
  /** Whether several streams may come together: some have, or none has come yet that would tell. */
  mayBurst = true;
  readonly session: Http2Session;
  readonly onClose: () => void;
  readonly onStreamClose: () => void;
  readonly #destroySoon: unknown;
  #multiplexes = false;

  constructor(session: Http2Session, owner: Http2Sessions) {
    this.session = session;
    this.onClose = () => owner.lost(this);
    this.onStreamClose = () => owner.streamEnded(this);
    // The socket cannot be had any more once the session is destroyed.
    this.#destroySoon = session.destroyed ? undefined : Reflect.get(session.socket, 'destroySoon');
  }

  get isTold(): boolean {
    return this.session.closed || this.session.destroyed;
  }

  begin(stream: ServerHttp2Stream): void {
    if (++this.streams > 1) this.#multiplexes = true;
    stream.on('close', this.onStreamClose);
  }

  end(): void {
    this.streams--;
    this.mayBurst = this.#multiplexes;
  }

  fire(): void {
    if (this.streams === 0 && typeof this.#destroySoon === 'function')
      Reflect.apply(this.#destroySoon, undefined, []);
  }
}

/**
 * The connections of HTTP/2 of a drain's servers.
 *
 * A GOAWAY for every stream there can be, with the last one later (RFC 9113, 6.8), is not to be had in Node: once
 * any GOAWAY is out, nghttp2 drops the streams that follow unseen. So a session is told while a stream of it is
 * open: a client that makes one request after the other has none on its way then, and the GOAWAY comes before
 * the response; what others sent in that moment is refused by number, which every client may repeat.
 */
export class Http2Sessions {
  /** Streams that are not closed. */
  inFlight = 0;
  readonly #all = new Map<Http2Session, Session>();
  readonly #clock: Clock;
  readonly #queue: DeadlineQueue;
  readonly #changed: () => void;
  #draining = false;
  #closing = false;

  constructor(clock: Clock, changed: () => void) {
    this.#clock = clock;
    this.#queue = deadlinesOf(clock);
    this.#changed = changed;
  }

  get size(): number {
    return this.#all.size;
  }

  readonly open = (session: Http2Session): void => {
    const tracked = this.#of(session);
    if (this.#closing) this.#tell(tracked);
  };

  /** Runs for every request. */
  readonly begin = (stream: ServerHttp2Stream): void => {
    const { session } = stream;
    if (session === undefined || stream.closed) return;
    const tracked = this.#of(session);
    this.inFlight++;
    tracked.begin(stream);
    if (!this.#draining) return;
    // Streams of the same packet, which are read one by one, would be refused.
    if (tracked.mayBurst) this.#clock.afterPoll(() => this.#tell(tracked));
    else this.#tell(tracked);
  };

  lost(tracked: Session): void {
    this.#all.delete(tracked.session);
    this.#queue.remove(tracked);
    this.inFlight -= tracked.streams;
    tracked.streams = 0;
    this.#changed();
  }

  streamEnded(tracked: Session): void {
    if (tracked.streams === 0) return;
    this.inFlight--;
    tracked.end();
    if (this.#draining && tracked.isTold) this.#endSoon(tracked);
  }

  /** From now on sessions end with the streams they have, or with the next one. */
  announce(): void {
    this.#draining = true;
    for (const tracked of this.#all.values()) if (tracked.streams > 0) this.#tell(tracked);
  }

  /** Idle ones end too. */
  closeIdle(): void {
    this.#closing = true;
    for (const tracked of this.#all.values()) this.#tell(tracked);
  }

  /** Destroys what is left, and tells how many had streams. */
  cut(): number {
    const all = [...this.#all.values()];
    const busy = all.filter(({ streams }) => streams > 0).length;
    for (const { session } of all) session.destroy();
    return busy;
  }

  /** Forgets all sessions and leaves nothing with them. */
  [Symbol.dispose](): void {
    for (const tracked of this.#all.values()) {
      tracked.session.removeListener('close', tracked.onClose);
      this.#queue.remove(tracked);
      tracked.streams = 0;
    }
    this.#all.clear();
    this.#draining = false;
    this.#queue.tidy();
    this.inFlight = 0;
  }

  #of(session: Http2Session): Session {
    const known = this.#all.get(session);
    if (known !== undefined) return known;
    const tracked = new Session(session, this);
    this.#all.set(session, tracked);
    session.once('close', tracked.onClose);
    return tracked;
  }

  #tell(tracked: Session): void {
    if (!this.#draining || tracked.isTold) return;
    tracked.session.close();
    this.#endSoon(tracked);
  }

  /** Unless streams are open. */
  #endSoon(tracked: Session): void {
    if (tracked.streams > 0) return;
    this.#queue.remove(tracked);
    tracked.due = this.#clock.now() + GRACE_MS;
    this.#queue.add(tracked);
  }
}
