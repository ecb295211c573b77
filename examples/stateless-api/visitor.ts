import { ask, type Answer, type Question } from '../inbound-tour/ask.ts';

/** What `GET /cart` answers. */
export interface Cart {
  readonly user?: string;
  readonly cart: readonly string[];
  readonly process: number;
}

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

  async cart(origin: string): Promise<Cart> {
    const { status, body } = await this.ask(`${origin}/cart`);
    return status === 200 ? (JSON.parse(body) as Cart) : { cart: [], process: 0 };
  }
}
