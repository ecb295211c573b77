import cluster, { type Worker } from 'node:cluster';
import { EventEmitter } from 'node:events';

export type Message = Readonly<Record<string, unknown>>;

/**
 * A child process as `node:cluster` uses one. Both ends of its channel are queues, so that a test decides who reads
 * when. Like Node's it leaves `disconnect` out where the worker has not read a handle.
 */
export class ChildEnd extends EventEmitter {
  connected = true;
  channel: object | null = {};
  exitCode: number | null = null;
  readonly signalCode = null;
  /** To the worker. */
  readonly inbox: { readonly message: Message; readonly handle: unknown }[] = [];
  /** From the worker. */
  readonly outbox: Message[] = [];

  send(message: Message, handle?: unknown): boolean {
    this.inbox.push({ message, handle });
    return true;
  }

  disconnect(): void {
    this.connected = false;
    if (this.inbox.some(({ handle }) => handle !== undefined)) return;
    process.nextTick(() => this.emit('disconnect'));
  }

  /** The primary reads what the worker has said. */
  readAll(): void {
    for (const message of this.outbox.splice(0)) this.emit('internalMessage', message);
  }

  /** The primary comes to the end of the channel. */
  reachEnd(): void {
    this.readAll();
    this.disconnect();
    this.channel = null;
  }

  exit(): void {
    this.exitCode = 0;
    this.emit('exit');
  }
}

export const workerOf = (child: ChildEnd): Worker =>
  Reflect.construct(cluster.Worker, [{ id: 1, process: child }]);
