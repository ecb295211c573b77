import type { ChildProcess } from 'node:child_process';
import cluster, { type Worker } from 'node:cluster';
import { warnOnce, wrongType } from '@holdfast/core/adapter';
import {
  answerOf,
  handoverOf,
  isDismissal,
  isUnknownHandover,
  listensTo,
  refusalOf,
  stopsListeningTo,
  type Answer,
  type Handover,
} from './internal-messages.ts';
import { addListener, removeFromAll, removeListener, type Listeners } from './listeners.ts';
import { replaceMethod } from './replace-method.ts';

/** Made by `rescueConnections(worker)`; disposing of it leaves the worker as Node made it. */
export interface ConnectionRescue extends Disposable {
  /** How many connections went to another worker after this one was gone. */
  readonly rescued: number;
}

interface Unanswered extends Handover {
  readonly connection: unknown;
  readonly listeners: Listeners;
}

/** Node has one connection of a server on its way to a worker at a time: so many are answers that were not understood. */
const MOST_UNANSWERED = 1_000;

class Rescue implements ConnectionRescue {
  rescued = 0;
  readonly #worker: Worker;
  readonly #child: ChildProcess;
  readonly #unanswered = new Map<number, Unanswered>();
  readonly #replaced: readonly Disposable[];
  #isChannelClosed = false;
  #isOver = false;

  constructor(worker: Worker) {
    const child = worker.process;
    this.#worker = worker;
    this.#child = child;
    const send = child.send.bind(child);
    const disconnect = child.disconnect.bind(child);
    this.#replaced = [
      replaceMethod(child, 'send', (...given) => {
        const [message, handle] = given;
        if (!this.#isOver) this.#onSend(message, handle);
        return Reflect.apply(send, child, given);
      }),
      replaceMethod(child, 'disconnect', () => {
        disconnect();
        process.nextTick(this.#onDisconnectCalled);
      }),
    ];
    child.on('internalMessage', this.#onMessage);
    // Of the worker: these come after Node has taken it off its servers, and before who listens to them later.
    worker.on('disconnect', this.#onDisconnect);
    worker.on('exit', this.#rescueOnceGone);
  }

  [Symbol.dispose](): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#child.off('internalMessage', this.#onMessage);
    this.#worker.off('disconnect', this.#onDisconnect);
    this.#worker.off('exit', this.#rescueOnceGone);
    for (const method of this.#replaced) method[Symbol.dispose]();
    this.#unanswered.clear();
    removeFromAll(this);
  }

  #onSend(message: unknown, handle: unknown): void {
    const handover = handoverOf(message);
    if (handover !== undefined) return this.#remember(handover, handle);
    const key = listensTo(message, handle);
    if (key !== undefined) addListener(key, this);
    else if (isDismissal(message)) removeFromAll(this);
    else if (isUnknownHandover(message, handle)) this.#giveUp();
  }

  #remember(handover: Handover, connection: unknown): void {
    const listeners = addListener(handover.key, this);
    this.#unanswered.set(handover.seq, { ...handover, connection, listeners });
    if (this.#unanswered.size > MOST_UNANSWERED) this.#giveUp();
  }

  readonly #onMessage = (message: unknown): void => {
    const answer = answerOf(message);
    if (answer !== undefined) return this.#settle(answer);
    const key = stopsListeningTo(message);
    if (key !== undefined) removeListener(key, this);
  };

  #settle({ seq, accepted }: Answer): void {
    const handover = this.#unanswered.get(seq);
    if (handover === undefined) return;
    this.#unanswered.delete(seq);
    // Node has put it back into the queue of a server that nobody listens to any more: it would wait there for ever.
    if (!accepted && handover.listeners.size === 0) close(handover.connection);
  }

  readonly #onDisconnect = (): void => {
    this.#isChannelClosed = true;
    removeFromAll(this);
    this.#rescueOnceGone();
  };

  /** With the channel closed, all its answers are read; with the process gone, nobody reads those connections. */
  readonly #rescueOnceGone = (): void => {
    if (!this.#worker.isDead() || !this.#isChannelClosed) return;
    for (const handover of [...this.#unanswered.values()]) {
      if (handover.listeners.size > 0) this.rescued++;
      this.#child.emit('internalMessage', refusalOf(handover));
    }
    this[Symbol.dispose]();
  };

  /**
   * Node calls `disconnect` at the end of the channel, and leaves out the event where a connection is still on its
   * way: the worker would stay on its servers, and have its turn again.
   */
  readonly #onDisconnectCalled = (): void => {
    const isOpen = (this.#child.channel ?? undefined) !== undefined;
    if (!isOpen && !this.#isChannelClosed && !this.#isOver) this.#child.emit('disconnect');
  };

  #giveUp(): void {
    this[Symbol.dispose]();
    warnOnce(
      'HF_RESCUE_UNAVAILABLE',
      `connections that a dead worker leaves are lost: node:cluster of Node ${process.versions.node} works in a way that is not known here`,
    );
  }
}

/** One that could not be started has no channel. */
const NOTHING_TO_RESCUE: ConnectionRescue = { rescued: 0, [Symbol.dispose]: () => undefined };

const close = (connection: unknown): void => {
  if (typeof connection !== 'object' || connection === null || !('close' in connection)) return;
  if (typeof connection.close === 'function') connection.close();
};

/**
 * Has the primary of a `node:cluster` in round-robin deal out again what a dead worker leaves behind: a connection
 * that went to a worker which hung, or was about to exit, and that it has not answered for. Node itself waits for that
 * answer for ever, and so does the client. Where no worker listens any more the connection is closed.
 *
 * No request is carried out twice: it waits until the worker is gone and all its answers are read, what it has
 * answered for is not touched, and what it had read of a connection is there for nobody to read again.
 *
 * Call it for every worker, right after `cluster.fork`; it needs nothing else of Holdfast, and `supervise` does it
 * by itself. Where Node hands connections over in a way that is not known here it does nothing, and warns once. As
 * a side effect a worker always emits `disconnect`, which Node leaves out for one that dies with such a connection.
 *
 * @throws TypeError for what is no worker, and in a worker.
 * @see https://github.com/nodejs/node/pull/21940
 */
export const rescueConnections = (worker: Worker): ConnectionRescue => {
  if (!cluster.isPrimary || !(worker instanceof cluster.Worker))
    throw wrongType('worker', worker, 'a worker that cluster.fork has made, in the primary');
  return worker.isConnected() ? new Rescue(worker) : NOTHING_TO_RESCUE;
};
