import { Agent } from 'node:http';
import { ask, type Answer, type Question } from './ask.ts';

/** Where a client asks, and how the API tells it from others: by the address that a balancer notes. */
export interface Standing {
  readonly origin: string;
  readonly address: string;
  /** Hears of each order that was confirmed. */
  readonly onConfirmed: () => void;
}

/** Somebody who places orders. */
export class Client {
  readonly #standing: Standing;
  readonly #agent: Agent | undefined;

  /** Without an agent each request has a connection of its own. */
  constructor(standing: Standing, agent?: Agent) {
    this.#standing = standing;
    this.#agent = agent;
  }

  /** The same client, with one connection for one request after the other. */
  onOneConnection(): Client {
    return new Client(this.#standing, new Agent({ keepAlive: true, maxSockets: 1 }));
  }

  ask(path: string, question: Question = {}): Promise<Answer> {
    const { origin, address } = this.#standing;
    const headers = { 'x-forwarded-for': address, ...question.headers };
    return ask(origin + path, { agent: this.#agent, ...question, headers });
  }

  async order(question: Question = {}): Promise<Answer> {
    const answer = await this.ask('/orders', {
      method: 'POST',
      body: { item: 'tea' },
      ...question,
    });
    if (answer.status === 201) this.#standing.onConfirmed();
    return answer;
  }

  /** So many orders at the same time. */
  orders(count: number, question?: Question): Promise<Answer>[] {
    return Array.from({ length: count }, () => this.order(question));
  }

  /** Lets its connection go. */
  leave(): void {
    this.#agent?.destroy();
  }
}
