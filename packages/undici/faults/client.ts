import { getEventListeners } from 'node:events';
import type { CircuitBreaker } from '@holdfast/core';
import { Agent, type Dispatcher } from 'undici';
import { standard, type Standard, type StandardOptions } from '../src/index.ts';
import { CALLERS, codeOf, type Api, type Order } from './callers.ts';
import type { Observation, Wait } from './cell.ts';
import type { FaultServer } from './fault-server.ts';
import type { Ports } from './server/origins.ts';
import { orAfter, within } from './within.ts';

/** What a cell does to whom, apart from the call itself. */
export interface Plan {
  /** The first part of the path, which names the fault. */
  readonly fault: string;
  readonly api: Api;
  /** Default `http`. */
  readonly origin?: keyof Ports | undefined;
  /** Sets paths of the same fault and API apart. */
  readonly label?: string | undefined;
  readonly agent?: Agent.Options | undefined;
  readonly policies?: StandardOptions | undefined;
  /** Connections that are to be left at the end, at most; waited for. Default 1. */
  readonly sockets?: number | undefined;
}

/** Which parts of an order a cell chooses. */
export type Wish = Partial<Omit<Order, 'url' | 'dispatcher'>>;

const LONGEST_CALL_MS = 12_000;
const LONGEST_CLOSE_MS = 4_000;

/** A busy machine is not to look like a hanging origin, so hangs bring limits of their own. */
const POLICIES: StandardOptions = {
  name: 'faults',
  timeout: { timeoutMs: 4_000 },
  deadline: { deadlineMs: 8_000 },
  retry: { attempts: 2, backoff: { baseMs: 1, maxMs: 5 } },
};

const LETTERS = { success: 'S', failure: 'F', slow: 'S', ignored: 'I' } as const;

/** A fresh agent behind the standard policies, and what is to be seen of it. */
export class Client {
  readonly agent: Agent;
  readonly dispatcher: Dispatcher;
  readonly policies: Standard['policies'];
  readonly path: string;
  readonly url: string;
  readonly signals = new Set<AbortSignal>();
  records = '';
  retries = 0;
  readonly #plan: Plan;
  readonly #server: FaultServer;
  readonly #circuit: CircuitBreaker | undefined;
  #opensForMs: number | undefined = undefined;
  #trouble = '';

  constructor(server: FaultServer, plan: Plan) {
    const { origin = 'http', fault, api, label = 'cell' } = plan;
    const stack = standard({ ...POLICIES, ...plan.policies });
    this.#plan = plan;
    this.#server = server;
    this.agent = new Agent(plan.agent);
    this.dispatcher = this.agent.compose(...stack);
    this.policies = stack.policies;
    this.path = `/${fault}/${label}/${api.replace(' ', '-')}`;
    const scheme = origin === 'http' || origin === 'refused' ? 'http' : 'https';
    this.url = `${scheme}://127.0.0.1:${server.ports[origin]}${this.path}`;
    this.#circuit = stack.policies.breaker?.get(this.origin);
    this.#circuit?.on('outcome', ({ outcome }) => {
      this.records += LETTERS[outcome];
    });
    stack.policies.retry?.get(this.origin).on('retry', () => {
      this.retries++;
    });
    this.#circuit?.on('transition', ({ openForMs }) => {
      this.#opensForMs = openForMs;
    });
  }

  get origin(): string {
    return new URL(this.url).origin;
  }

  /** Permits and places in queues that are taken now. */
  get permits(): number {
    const { inFlight = 0, waiting = 0 } = this.policies.bulkhead?.get(this.origin).snapshot() ?? {};
    const circuit = this.#circuit?.snapshot();
    return (circuit?.inFlight ?? 0) + (circuit?.waiting ?? 0) + inFlight + waiting;
  }

  /** Makes one call and reads its response to the end; never rejects. */
  async call(wish: Wish = {}, url = this.url, api = this.#plan.api): Promise<string> {
    let status: number | undefined;
    let text = '';
    if (wish.signal !== undefined) this.signals.add(wish.signal);
    const made = CALLERS[api]({
      ...wish,
      url,
      dispatcher: this.dispatcher,
      onHeaders: (code) => {
        status = code;
        wish.onHeaders?.(code);
      },
      onChunk: (chunk) => {
        text += chunk;
        wish.onChunk?.(chunk);
      },
    });
    const began = status;
    const told = made.then(
      () => `${status} ${text}`.trim(),
      (error: unknown) => (status === began ? codeOf(error) : `${status} then ${codeOf(error)}`),
    );
    return orAfter(LONGEST_CALL_MS, told, `nothing within ${LONGEST_CALL_MS} ms`);
  }

  /** How often the server saw this cell's path. */
  async arrived(path = this.path): Promise<number> {
    const { arrivals } = await this.#server.count(path);
    return arrivals.length;
  }

  /** Notes something that must not be. */
  complain(trouble: string): void {
    this.#trouble += this.#trouble === '' ? trouble : `; ${trouble}`;
  }

  /** Closes the agent, and tells what was seen. */
  async finish(sees: string): Promise<Observation> {
    const { path } = this;
    const { sockets: most = 1 } = this.#plan;
    await within(500, () => this.permits === 0);
    await within(500, async () => (await this.#server.count(path)).sockets <= most);
    const { arrivals, sockets } = await this.#server.count(path);
    const { records, retries } = this;
    await this.#close();
    await within(500, async () => (await this.#server.count(path)).sockets === 0);
    const left = await this.#server.count(path);
    return {
      sees,
      records,
      arrives: left.arrivals.length,
      retries,
      wait: waitOf(arrivals),
      opensForMs: this.#opensForMs,
      permits: this.permits,
      sockets,
      left: left.sockets,
      listeners: [...this.signals].flatMap((signal) => getEventListeners(signal, 'abort')).length,
      trouble: this.#trouble,
    };
  }

  async #close(): Promise<void> {
    const closed = this.agent.close().then(() => true);
    if (!(await orAfter(LONGEST_CLOSE_MS, closed, false))) this.complain('the agent did not close');
    await this.agent.destroy();
  }
}

const waitOf = ([, secondMs]: readonly number[]): Wait => {
  if (secondMs === undefined) return 'none';
  if (secondMs < 950) return 'at once';
  return secondMs >= 1_000 && secondMs < 3_000 ? 'after 1 s' : 'other';
};
