import type { Clock } from '@holdfast/core';
import { StoreError, type StoreFailure } from '@holdfast/core/stateless';
import type { RedisDriver, ScriptCall } from './drivers/driver.ts';
import { failureOf, isAnswer, isNoScript } from './failures.ts';
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
  readonly until?: number | undefined;
}

/** What is known of a command that is under way. */
interface Sent {
  readonly atMs: number;
  /** Of the client, until then. */
  readonly resends: number;
  /** One that only asks for the time comes too late whenever it comes. */
  readonly effective: boolean;
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
    const sent: Sent = {
      atMs: clock.now(),
      resends: driver.resends,
      effective: until === undefined || this.#time.known,
    };
    // A first one is not counted: it was sent to be told the time.
    const left = sent.effective ? repetitions : repetitions + 1;
    if (until !== undefined) call.arguments[0] = String(this.#time.at(until));
    this.pending++;
    const onReply = (reply: unknown): T | Promise<T> => {
      this.pending--;
      return this.#decode(execution, this.#read(reply, sent), sent, left);
    };
    const onError = (error: unknown): Promise<T> => {
      this.pending--;
      throw this.#failed(error, sent);
    };
    return attempt(() => driver.evalSha(script.sha, call)).then(onReply, (error: unknown) => {
      if (!isNoScript(error)) return onError(error);
      return attempt(() => driver.eval(script.text, call)).then(onReply, onError);
    });
  }

  /** Learns what time the server has. */
  #read(reply: unknown, sent: Sent): Reply {
    if (!Buffer.isBuffer(reply)) throw this.#failed(new TypeError('the answer is no Buffer'), sent);
    this.#time.learn(numberAt(reply, 0), sent.atMs, this.#options.clock.now());
    this.#hear();
    return reply;
  }

  #decode<T>(execution: Execution<T>, reply: Reply, sent: Sent, left: number): T | Promise<T> {
    const { until, decode } = execution;
    if (until === undefined || !isStale(reply)) return decode(reply);
    if (this.#mayBeDone(sent)) throw this.#error('unknown');
    if (left > 0 && this.#options.clock.now() < until) return this.#send(execution, left - 1);
    throw this.#error('stale');
  }

  /** Whether the client may have sent it before: then it may have been carried out, whatever came of the last time. */
  #mayBeDone({ resends, effective }: Sent): boolean {
    return effective && this.#options.driver.resends !== resends;
  }

  #failed(error: unknown, sent: Sent): StoreError {
    if (isAnswer(error)) this.#hear();
    const failure = this.#mayBeDone(sent) ? 'unknown' : failureOf(error);
    return this.#error(failure, error);
  }

  #hear(): void {
    if (this.#answered) return;
    this.#answered = true;
    this.#options.onFirstAnswer();
  }

  #error(failure: StoreFailure, cause?: unknown): StoreError {
    return new StoreError(this.#options.name, failure, { cause });
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
