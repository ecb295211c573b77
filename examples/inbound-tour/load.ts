import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from './ask.ts';
import type { Client } from './client.ts';

const QUICK_MS = 60;
const SLOW_MS = 1_200;
/** Every fourth client thinks for long between requests. */
const SLOW_EVERY = 4;

/** Keep-alive clients of a balancer that looks at readiness. */
export class Load {
  readonly answers: Answer[] = [];
  readonly #running: Promise<unknown>;
  #isReady = true;

  /** They ask until they are told to go elsewhere. */
  constructor(clients: readonly Client[]) {
    this.#running = Promise.all(clients.map((client, index) => this.#run(client, index)));
  }

  /** The balancer has seen it: no new connections. Those that are open are still used. */
  async moveOn(): Promise<void> {
    this.#isReady = false;
    await this.#running;
  }

  async #run(client: Client, index: number): Promise<void> {
    const connection = client.onOneConnection();
    let isOpen = false;
    while (isOpen || this.#isReady) {
      const answer = await connection.ask('/orders/1');
      this.answers.push(answer);
      isOpen = answer.status !== 0 && answer.headers.connection !== 'close';
      await sleep(Math.random() * (index % SLOW_EVERY === 0 ? SLOW_MS : QUICK_MS));
    }
    connection.leave();
  }
}
