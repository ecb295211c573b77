import type { Worker } from 'node:cluster';
import type { Clock } from '@holdfast/core';
import type { ToWorker } from '../protocol/messages.ts';
import { LastWords } from './last-words.ts';
import type { Exit, WorkerListener, WorkerProcess } from './worker-process.ts';

/** Of a process that ends its channel is closed a moment before. */
const LONGEST_END_MS = 100;
/** Descendants may hold the channel of a process that has ended. */
const LONGEST_WAIT_FOR_CHANNEL_MS = 200;

const errorOf = (error: unknown): Error =>
  error instanceof Error ? error : new Error(String(error));

/** A worker that `node:cluster` has forked. */
export class ForkedProcess implements WorkerProcess {
  readonly #worker: Worker;
  readonly #clock: Clock;
  readonly #words: LastWords;
  #startError: Error | undefined = undefined;

  constructor(worker: Worker, clock: Clock) {
    this.#worker = worker;
    this.#clock = clock;
    this.#words = new LastWords(worker.process.stderr);
    // Told by the exit, or by who could not send.
    worker.on('error', (error) => {
      if (this.pid === 0) this.#startError ??= error;
    });
  }

  get id(): number {
    return this.#worker.id;
  }

  /** 0 where it could not be started. */
  get pid(): number {
    return this.#worker.process.pid ?? 0;
  }

  get lastWords(): string {
    return this.#startError?.message ?? this.#words.text;
  }

  send(message: ToWorker): Error | undefined {
    try {
      // Without a callback an error of the channel would be emitted; it is gone then, and the exit tells.
      if (this.#worker.isConnected())
        this.#worker.process.send(message, undefined, {}, () => undefined);
      return undefined;
    } catch (error) {
      return errorOf(error);
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.#worker.process.kill(signal);
  }

  /**
   * Calls back once it has ended, and what it had said until then has been read; before that, where it has closed its
   * channel and does not end.
   */
  onEnd(listener: (exit: Exit) => void, onChannelClosed: () => void): void {
    let exit: Exit | undefined;
    let isTold = false;
    const tell = (ended: Exit): void => {
      if (isTold) return;
      isTold = true;
      listener(ended);
    };
    const onChannelEnd = (): void => {
      if (exit !== undefined) return tell(exit);
      const lookAgain = (): void => {
        if (exit === undefined) onChannelClosed();
      };
      this.#clock.setTimer(lookAgain, LONGEST_END_MS).unref();
    };
    const onExit = (ended: Exit): void => {
      exit = ended;
      if (!this.#worker.isConnected()) return tell(ended);
      this.#clock.setTimer(() => tell(ended), LONGEST_WAIT_FOR_CHANNEL_MS).unref();
    };
    this.#worker.on('disconnect', onChannelEnd);
    this.#worker.on('exit', (exitCode: number | null, signal: NodeJS.Signals | null) =>
      onExit({ exitCode, signal }),
    );
    this.#worker.on('error', () => {
      if (this.pid === 0) onExit({ exitCode: null, signal: null });
    });
  }
}

/** A worker that could not be forked at all; it is told as soon as somebody can hear it. */
export const stillborn = (
  error: unknown,
  listener: WorkerListener,
  clock: Clock,
): WorkerProcess => {
  clock.afterPoll(() => listener.onExit({ exitCode: null, signal: null }));
  return {
    id: 0,
    pid: 0,
    lastWords: errorOf(error).message,
    send: () => undefined,
    kill: () => undefined,
  };
};
