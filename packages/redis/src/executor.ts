import type { Clock } from '@holdfast/core';
import { StoreError, type StoreFailure } from '@holdfast/core/stateless';
import type { RedisDriver, ScriptCall } from './drivers/driver.ts';
import { isAnswer, isNoScript, storeErrorOf } from './failures.ts';
import { isStale, numberAt, type Reply } from './replies.ts';
import type { Script } from './scripts/script.ts';
import { ServerClock } from './server-clock.ts';

export interface ExecutorOptions {
  /** Of the store, for its errors. */
  readonly name: string;
  readonly driver: RedisDriver;
  readonly clock: Clock;
  /** The server has answered for the first time. */
  readonly onFirstAnswer: () => void;
}

/** A script that is to be run, and what its answer means. */
export interface Execution<T> {
  readonly script: Script;
  readonly call: ScriptCall;
  readonly decode: (reply: Reply) => T;
  /** Local time after which it must do nothing; the server is told it as the first argument. */
  readonly until?: number;
}

/**
 * Runs scripts: by their SHA-1, and by their text only where the server says that it does not know it. One that
 * came after its deadline says what time it is and is sent once more if there is time left; so is the first of
 * all, which asks for nothing but the time. No async functions: it is two promises for each operation, one of
 * them the client's.
 */
export class Executor {
  readonly #options: ExecutorOptions;
  readonly #time = new ServerClock();
  #answered = false;
  pending = 0;

  constructor(options: ExecutorOptions) {
    this.#options = options;
  }

  run<T>(execution: Execution<T>): Promise<T> {
    if (this.#options.driver.closed) return Promise.reject(this.#error('not-sent'));
    return this.#send(execution, 1);
  }

  #send<T>(execution: Execution<T>, repetitions: number): Promise<T> {
    const { driver, clock } = this.#options;
    const { script, call, until } = execution;
    // A first one is not counted: it was sent to be told the time.
    const left = this.#time.known ? repetitions : repetitions + 1;
    if (until !== undefined) call.arguments[0] = String(this.#time.at(until));
    const sentMs = clock.now();
    this.pending++;
    const onReply = (reply: unknown): T | Promise<T> => {
      this.pending--;
      return this.#decode(execution, this.#read(reply, sentMs), left);
    };
    const onError = (error: unknown): Promise<T> => {
      this.pending--;
      throw this.#failed(error);
    };
    return attempt(() => driver.evalSha(script.sha, call)).then(onReply, (error: unknown) => {
      if (!isNoScript(error)) return onError(error);
      return attempt(() => driver.eval(script.text, call)).then(onReply, onError);
    });
  }

  /** Learns what time the server has. */
  #read(reply: unknown, sentMs: number): Reply {
    if (!Buffer.isBuffer(reply)) throw this.#failed(new TypeError('the answer is no Buffer'));
    this.#time.learn(numberAt(reply, 0), sentMs, this.#options.clock.now());
    this.#hear();
    return reply;
  }

  #decode<T>(execution: Execution<T>, reply: Reply, left: number): T | Promise<T> {
    const { until, decode } = execution;
    if (until === undefined || !isStale(reply)) return decode(reply);
    const { driver, clock } = this.#options;
    const late = clock.now() >= until;
    if (left > 0 && !late) return this.#send(execution, left - 1);
    throw this.#error(late && driver.resends ? 'unknown' : 'stale');
  }

  #failed(error: unknown): StoreError {
    if (isAnswer(error)) this.#hear();
    return storeErrorOf(this.#options.name, error);
  }

  #hear(): void {
    if (this.#answered) return;
    this.#answered = true;
    this.#options.onFirstAnswer();
  }

  #error(failure: StoreFailure): StoreError {
    return new StoreError(this.#options.name, failure);
  }
}

/** A client that throws is one that rejects. */
const attempt = (send: () => Promise<unknown>): Promise<unknown> => {
  try {
    return send();
  } catch (error) {
    return Promise.reject(error);
  }
};
