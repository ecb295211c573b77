import { setTimeout as sleep } from 'node:timers/promises';
import { ask, type Answer, type Question } from '../inbound-tour/ask.ts';

/** What `GET /cart` answers. */
export interface Cart {
  readonly user?: string;
  readonly cart: readonly string[];
  readonly process: number;
}

const TURNS = 20;
const BETWEEN_TURNS_MS = 50;

/** A browser: it keeps its cookie, and goes to whichever process it is sent to. */
export class Visitor {
  #cookie: string | undefined;

  async ask(url: string, question: Question = {}): Promise<Answer> {
    const headers = { ...question.headers, ...(this.#cookie && { cookie: this.#cookie }) };
    const answer = await ask(url, { ...question, headers });
    for (const field of answer.headers['set-cookie'] ?? []) this.#cookie = field.split(';')[0];
    return answer;
  }

  post(url: string, body: unknown = {}): Promise<Answer> {
    return this.ask(url, { method: 'POST', body });
  }

  async logIn(origin: string, user: string): Promise<void> {
    await comingBack(() => this.post(`${origin}/log-in`, { user }));
  }

  async cart(origin: string): Promise<Cart> {
    const { status, body } = await comingBack(() => this.ask(`${origin}/cart`));
    return status === 200 ? (JSON.parse(body) as Cart) : { cart: [], process: 0 };
  }
}

/** Who is told to come back does so: an operation of the store may take too long where much else runs. */
const comingBack = async (asking: () => Promise<Answer>): Promise<Answer> => {
  for (let turn = 1; turn < TURNS; turn++) {
    const answer = await asking();
    if (answer.status !== 503) return answer;
    await sleep(BETWEEN_TURNS_MS);
  }
  return asking();
};
