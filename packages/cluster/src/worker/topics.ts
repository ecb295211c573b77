import { inspect } from 'node:util';
import type { FromWorker } from '../protocol/messages.ts';

/** What a topic's messages are given to. */
export type TopicHandler = (data: unknown) => unknown;

/** One request of the supervisor. */
export interface TopicRequest {
  readonly id: number;
  readonly topic: string;
  readonly data: unknown;
}

/** Not `String(error)`, which throws for some. */
const textOf = (error: unknown): string => {
  if (error instanceof Error) return error.message;
  return typeof error === 'string' ? error : inspect(error);
};

/** Handlers of what the supervisor sends, one for each topic. */
export class Topics {
  readonly #handlers = new Map<string, TopicHandler>();
  readonly #send: (message: FromWorker) => Error | undefined;
  readonly #failed: (error: unknown, topic: string) => void;

  /** `failed` hears what a handler threw that nobody waits for. */
  constructor(
    send: (message: FromWorker) => Error | undefined,
    failed: (error: unknown, topic: string) => void,
  ) {
    this.#send = send;
    this.#failed = failed;
  }

  /** False where the topic has a handler already. */
  add(topic: string, handler: TopicHandler): boolean {
    if (this.#handlers.has(topic)) return false;
    this.#handlers.set(topic, handler);
    return true;
  }

  remove(topic: string, handler: TopicHandler): void {
    if (this.#handlers.get(topic) === handler) this.#handlers.delete(topic);
  }

  /** Never throws or rejects. */
  async message(topic: string, data: unknown): Promise<void> {
    try {
      await this.#handlers.get(topic)?.(data);
    } catch (error) {
      this.#failed(error, topic);
    }
  }

  /** Answers it in any case, unless the supervisor is gone. Never rejects. */
  async request({ id, topic, data }: TopicRequest): Promise<void> {
    const handler = this.#handlers.get(topic);
    if (handler === undefined)
      return this.#fail(id, `nobody handles the topic ${JSON.stringify(topic)}`);
    try {
      const value = await handler(data);
      const error = this.#send({ holdfast: 'answer', id, value });
      if (error !== undefined) this.#fail(id, `the answer cannot be sent: ${error.message}`);
    } catch (error) {
      this.#fail(id, textOf(error));
    }
  }

  #fail(id: number, detail: string): void {
    this.#send({ holdfast: 'failure', id, detail });
  }
}
