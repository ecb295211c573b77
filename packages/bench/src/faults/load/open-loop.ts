import { Agent, request, type IncomingMessage } from 'node:http';
import type { Sample } from './samples.ts';

/** A request that took this long hangs. */
const HANGS_MS = 8_000;

/** What is asked, and as whom. */
export interface Visit {
  readonly path: string;
  readonly client: string;
  readonly cookie: string;
}

/** A visit's answer. */
export interface Answered {
  readonly status: number | undefined;
  readonly cookies: readonly string[];
}

const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });

const cookiesOf = ({ headers }: IncomingMessage): readonly string[] => headers['set-cookie'] ?? [];

/** Asks once; never rejects. */
export const visit = (port: number, { path, client, cookie }: Visit): Promise<Answered> => {
  const { promise, resolve } = Promise.withResolvers<Answered>();
  const headers = { 'x-client': client, ...(cookie === '' ? {} : { cookie }) };
  const asked = request({ agent, host: '127.0.0.1', port, path, headers }, (answer) => {
    answer.resume();
    answer.on('end', () => resolve({ status: answer.statusCode, cookies: cookiesOf(answer) }));
  });
  asked.setTimeout(HANGS_MS, () => {
    resolve({ status: undefined, cookies: [] });
    asked.destroy();
  });
  asked.on('error', () => resolve({ status: 0, cookies: [] }));
  asked.end();
  return promise;
};

/** Where the load goes, how dense it is, and what it asks. */
export interface Load {
  readonly port: number;
  readonly perSecond: number;
  readonly next: (index: number) => Visit;
}

const MS_PER_SECOND = 1_000;
const TICK_MS = 2;

/**
 * Asks at a steady pace, whether answers come or not, as a crowd of strangers does. The time of a request counts from
 * when it was due, so that neither a stall of the server nor one of this process goes unseen.
 */
export class OpenLoop {
  readonly samples: Sample[] = [];
  readonly #load: Load;
  readonly #begin: number = performance.now();
  readonly #pending: Set<Promise<void>> = new Set();
  readonly #timer: NodeJS.Timeout;
  #asked = 0;

  constructor(load: Load) {
    this.#load = load;
    this.#timer = setInterval(() => this.#catchUp(), TICK_MS);
  }

  /** Asks no more. */
  end(): void {
    clearInterval(this.#timer);
  }

  /** Asks no more, and waits until everything was answered, or hangs. */
  async stop(): Promise<readonly Sample[]> {
    this.end();
    await Promise.all(this.#pending);
    return this.samples.toSorted((a, b) => a.at - b.at);
  }

  #catchUp(): void {
    const gap = MS_PER_SECOND / this.#load.perSecond;
    for (;;) {
      const due = this.#begin + this.#asked * gap;
      if (due > performance.now()) return;
      const asking: Promise<void> = this.#ask(due, this.#asked++).finally(() =>
        this.#pending.delete(asking),
      );
      this.#pending.add(asking);
    }
  }

  async #ask(at: number, index: number): Promise<void> {
    const { port, next } = this.#load;
    const asked = next(index);
    const { status, cookies } = await visit(port, asked);
    const ms = performance.now() - at;
    this.samples.push({ path: asked.path, at, ms, status, setsCookie: cookies.length > 0 });
  }
}
