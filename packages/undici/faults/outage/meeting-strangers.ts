import { standard } from '@holdfast/undici';
import { Agent, Dispatcher } from 'undici';
import { figure } from './report.ts';
import { send, type Ending } from './traffic.ts';

const STRANGER = '.stranger.example';

const controller: Dispatcher.DispatchController = {
  aborted: false,
  paused: false,
  reason: null,
  rawHeaders: null,
  rawTrailers: null,
  pause: () => undefined,
  resume: () => undefined,
  abort: () => undefined,
};

/** Answers for strangers itself, and sends everything else over real sockets. */
class Net extends Dispatcher {
  /** What strangers answer. */
  status = 200;
  readonly #agent = new Agent();

  override dispatch(
    options: Dispatcher.DispatchOptions,
    handler: Dispatcher.DispatchHandler,
  ): boolean {
    if (!String(options.origin).endsWith(STRANGER)) return this.#agent.dispatch(options, handler);
    handler.onRequestStart?.(controller, null);
    handler.onResponseStart?.(controller, this.status, {}, '');
    handler.onResponseEnd?.(controller, {});
    return true;
  }

  override async destroy(): Promise<void> {
    await this.#agent.destroy();
  }
}

/** A dispatcher of one caller, which meets ever new hosts. */
export class Caller {
  readonly net = new Net();
  // A request that fails is to be seen by the circuits, not sent again; the open circuit is to stay so.
  readonly policies = standard({ breaker: { open: { baseMs: 600_000, maxMs: 600_000 } } });
  readonly #dispatcher = this.net.compose(...this.policies);
  #hosts = 0;

  send(url: string): Promise<Ending> {
    return send(this.#dispatcher, `${url}/orders`).then(({ ending }) => ending);
  }

  /** Once to each of so many hosts never seen before, `times` in a row. */
  async sendToStrangers(hosts: number, status: number, times = 1): Promise<void> {
    this.net.status = status;
    for (let i = 0; i < hosts; i++) {
      const url = `http://host-${this.#hosts++}${STRANGER}`;
      for (let j = 0; j < times; j++) await this.post(url);
    }
  }

  /** A method that is not retried. */
  post(url: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const over = (): void => resolve();
    this.#dispatcher.dispatch(
      { origin: url, path: '/', method: 'POST' },
      { onRequestStart: () => undefined, onResponseEnd: over, onResponseError: over },
    );
    return promise;
  }

  /** Requests to hosts for whose circuits there was no place. */
  get shared(): number {
    return this.policies.policies.breaker?.overflows ?? 0;
  }

  get sizes(): string {
    const { breaker, bulkhead, retry } = this.policies.policies;
    return [breaker, bulkhead, retry].map((registry) => figure(registry?.size ?? 0)).join(' / ');
  }
}
