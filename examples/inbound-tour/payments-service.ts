import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

type Mood = 'answers' | 'holds' | 'fails';

/** The payments service, played: it answers, fails or hangs as the scene wants it, and counts. */
export class PaymentsService {
  url = '';
  /** Calls that came. */
  calls = 0;
  /** Calls whose caller left before they were answered. */
  abandoned = 0;
  #mood: Mood = 'answers';
  readonly #held = new Set<ServerResponse>();
  readonly #server = createServer((request, response) => this.#serve(request, response));

  async start(): Promise<this> {
    await new Promise<void>((resolve) => {
      this.#server.listen(0, '127.0.0.1', resolve);
    });
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return this;
  }

  /** Calls that wait for an answer. */
  get held(): number {
    return this.#held.size;
  }

  /** From now on calls are answered, those that wait included. */
  answer(): void {
    this.#mood = 'answers';
    for (const response of this.#held) response.end('paid');
    this.#held.clear();
  }

  /** From now on calls get no answer. */
  hold(): void {
    this.#mood = 'holds';
  }

  /** From now on calls are answered with an error. */
  fail(): void {
    this.#mood = 'fails';
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    this.calls++;
    request.resume();
    if (this.#mood === 'answers') response.end('paid');
    else if (this.#mood === 'fails') response.writeHead(500).end();
    else this.#hold(response);
  }

  #hold(response: ServerResponse): void {
    this.#held.add(response);
    response.once('close', () => {
      if (this.#held.delete(response)) this.abandoned++;
    });
  }
}
