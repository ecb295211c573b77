import { createServer, type Socket } from 'node:net';
import { clockOf, report, warnOnce } from '@holdfast/core/adapter';
import type { StopReport, Supervisor, SupervisorEvent } from '../supervisor/types.ts';
import { Connection } from './connection.ts';
import { controlPathOf } from './control-path.ts';
import { refusal } from './failure.ts';
import { listenPrivately } from './private-socket.ts';
import { lineOf, MAX_CLIENTS } from './protocol.ts';

/** How long clients have, once all is over, to read what there is for them. */
const LAST_READ_MS = 1_000;

const turnAway = (socket: Socket): void => {
  socket.on('error', () => undefined);
  socket.write(lineOf(refusal(null, `${MAX_CLIENTS} clients are connected already`)));
  socket.destroySoon();
};

class ControlServer implements AsyncDisposable {
  readonly #supervisor: Supervisor;
  readonly #clock = clockOf(undefined);
  readonly #clients = new Set<Connection>();
  readonly #events: AsyncIterableIterator<SupervisorEvent>;
  // Who has sent all its requests and ended its side still gets the answers.
  readonly #server = createServer({ allowHalfOpen: true }, (socket) => this.#welcome(socket));
  #removePath = (): void => undefined;
  #report: StopReport | undefined;
  #ended: Promise<void> | undefined;

  constructor(supervisor: Supervisor) {
    this.#supervisor = supervisor;
    this.#events = supervisor.events();
    this.#server.on('error', ({ message }) =>
      warnOnce('HF_CONTROL_SOCKET', `control socket: ${message}`),
    );
    void this.#passEvents();
  }

  async listen(path: string): Promise<void> {
    try {
      this.#removePath = await listenPrivately(this.#server, path);
    } catch (error) {
      void this.#endEvents();
      throw error;
    }
    void this.#endWithSupervisor();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#ended ??= this.#end();
    return this.#ended;
  }

  #welcome(socket: Socket): void {
    if (this.#clients.size >= MAX_CLIENTS) return turnAway(socket);
    const client = new Connection(socket, this.#supervisor);
    this.#clients.add(client);
    socket.once('close', () => this.#clients.delete(client));
  }

  async #passEvents(): Promise<void> {
    try {
      for await (const event of this.#events) {
        const line = lineOf({ event });
        for (const client of this.#clients) client.send(line);
      }
    } catch (error) {
      report(error, 'control socket');
    }
  }

  async #endEvents(): Promise<void> {
    try {
      await this.#events.return?.();
    } catch (error) {
      report(error, 'control socket');
    }
  }

  async #endWithSupervisor(): Promise<void> {
    this.#report = await this.#supervisor.stopped;
    await this[Symbol.asyncDispose]();
  }

  async #end(): Promise<void> {
    // What has just been settled, or happened, is passed on first.
    await new Promise<void>((resolve) => this.#clock.afterPoll(resolve));
    this.#leavePath();
    void this.#endEvents();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const client of this.#clients) client.finish(this.#report);
    const limit = this.#clock.setTimer(() => this.#cutAll(), LAST_READ_MS);
    await closed;
    limit[Symbol.dispose]();
  }

  #leavePath(): void {
    try {
      this.#removePath();
    } catch (error) {
      report(error, 'control socket');
    }
  }

  #cutAll(): void {
    for (const client of this.#clients) client.cut();
  }
}

/**
 * Serves `controlClient` at a path until it is disposed or the supervisor has stopped.
 *
 * Once `supervisor.stopped` resolves, every client gets the report and an end, and the path is removed; a process that
 * then exits waits for the disposal first, which takes a second at most. Disposed before that, clients get an end. It
 * never waits for a command that is under way.
 *
 * Rejects with `HF_CONTROL_FAILED` where the path is taken or cannot be used, and with a TypeError or RangeError for
 * one that is invalid.
 */
export const serveControl = async (
  path: string,
  supervisor: Supervisor,
): Promise<AsyncDisposable> => {
  const address = controlPathOf('controlPath', path);
  const control = new ControlServer(supervisor);
  await control.listen(address);
  return control;
};
