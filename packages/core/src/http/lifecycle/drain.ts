import { HoldfastError } from '../../errors.ts';
import { lifecycleChannel } from '../../events/channels.ts';
import { Emitter, type Tap } from '../../events/emitter.ts';
import { Deferred } from './deferred.ts';
import {
  assertServer,
  serversOf,
  settingsOf,
  shortened,
  type DrainSettings,
  type Times,
} from './drain-options.ts';
import { DrainRun } from './drain-run.ts';
import { exitOnSignals, type SignalWatch } from './exit-signals.ts';
import type {
  DeferOptions,
  Drain,
  DrainableServer,
  DrainEvents,
  DrainOptions,
  DrainPhase,
  DrainReport,
  DrainSnapshot,
  DrainStartOptions,
} from './types.ts';

const tap: Tap<DrainEvents> = {
  hears: () => lifecycleChannel.hasSubscribers,
  publish: (type, event) => lifecycleChannel.publish({ type, ...event }),
};

class ServerDrain implements Drain {
  readonly name: string;
  readonly #settings: DrainSettings;
  readonly #events: Emitter<DrainEvents> = new Emitter(tap);
  readonly #controller = new AbortController();
  readonly #deferred: Deferred;
  readonly #run: DrainRun;
  readonly #signals: SignalWatch;
  #phase: DrainPhase = 'serving';
  #reason: string | null = null;
  #report: Promise<DrainReport> | undefined = undefined;
  #disposed = false;

  constructor(servers: readonly DrainableServer[], settings: DrainSettings) {
    this.name = settings.name;
    this.#settings = settings;
    this.#deferred = new Deferred(settings.name);
    this.#run = new DrainRun(servers, settings, this.#deferred);
    const inFlight = (): number => this.inFlight;
    this.#signals = exitOnSignals({
      signals: settings.signals,
      start: (reason, options) => this.start(reason, options),
      get inFlight() {
        return inFlight();
      },
    });
  }

  get phase(): DrainPhase {
    return this.#phase;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get inFlight(): number {
    return this.#run.traffic.inFlight;
  }

  defer(
    name: string,
    work: (signal: AbortSignal) => unknown,
    options: DeferOptions = {},
  ): Disposable {
    return this.#deferred.add(name, work, options);
  }

  add(server: DrainableServer): void {
    assertServer(server);
    if (this.#disposed) throw new HoldfastError({ code: 'HF_DISPOSED', policy: this.name });
    this.#run.add(server);
  }

  start(reason = 'start', options: DrainStartOptions = {}): Promise<DrainReport> {
    const times = shortened(this.#settings, options);
    if (this.#report !== undefined) return this.#report;
    // Kept before anybody hears of it, and may start it again.
    const { promise, resolve } = Promise.withResolvers<DrainReport>();
    this.#report = promise;
    resolve(this.#disposed ? this.#nothing(reason) : this.#drain(reason, times));
    return promise;
  }

  on<Name extends keyof DrainEvents>(
    event: Name,
    listener: (event: DrainEvents[Name]) => void,
  ): Disposable {
    return this.#events.on(event, listener);
  }

  snapshot(): DrainSnapshot {
    const { http1, http2, inFlight } = this.#run.traffic;
    const { upgraded } = http1;
    return {
      name: this.name,
      phase: this.#phase,
      reason: this.#reason,
      inFlight,
      connections: http1.size - upgraded,
      sessions: http2.size,
      upgraded,
      deferred: this.#deferred.names,
    };
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#events.close();
    this.#signals[Symbol.dispose]();
    this.#run[Symbol.dispose]();
  }

  async #drain(reason: string, times: Times): Promise<DrainReport> {
    this.#reason = reason;
    const report = await this.#run.run(reason, times, (phase) => this.#enter(phase));
    // The process is about to exit where a signal began it, and a second signal is heard until then.
    if (!this.#signals.isLeaving) this.#signals[Symbol.dispose]();
    return report;
  }

  #enter(phase: DrainPhase): void {
    this.#phase = phase;
    const rejection = new HoldfastError({ code: 'HF_DRAINING', policy: this.name });
    if (!this.signal.aborted) this.#controller.abort(rejection);
    this.#events.emit('phase', { name: this.name, phase, inFlight: this.inFlight });
    this.#events.flush(undefined);
  }

  /** The servers had been let go before. */
  #nothing(reason: string): DrainReport {
    const cut = { requests: 0, connections: 0, sessions: 0, upgraded: 0 };
    return { name: this.name, reason, tookMs: 0, clean: false, cut, teardown: [] };
  }
}

/**
 * Ends one server, or several, without losing a request.
 *
 * 1. `announcing` (`announceMs`): connections are still accepted, readiness fails, and from now on every response
 *    whose head is not out yet closes its connection (HTTP/1), and a session that has a stream gets a GOAWAY
 *    and ends with the streams it has (HTTP/2).
 * 2. `lingering` (`lingerMs`): no connection is accepted any more, and idle ones stay open: a request that comes
 *    is served, and its response ends the connection. Closing idle connections at once, as a server's own `close`
 *    does since Node 19, makes requests fail that were sent just then. Upgraded sockets are told to leave.
 * 3. `closing`: idle connections are ended, the others with their last response; what was promised to stay open
 *    stays so for a quarter of a second.
 * 4. `tearing-down`: what `defer` was given runs.
 * 5. `closed`.
 *
 * A phase ends as soon as nothing is open any more; only `announcing` takes its full time. What is left at the
 * deadline is destroyed, upgraded sockets too, and told in the report. Where work is deferred, the last tenth of
 * the deadline, a second at most, is kept for it.
 *
 * Hand servers over before they have connections: idle ones from before are known only once a request comes. The
 * list may be empty, and `add` hand over what there is later.
 * Disposing takes leave of the servers and leaves no listener, timer or exit behind; a drain that runs ends at
 * once, and what is open is left to itself. Throws `TypeError` or `RangeError` for a wrong option.
 */
export const drain = (
  servers: DrainableServer | readonly DrainableServer[],
  options: DrainOptions = {},
): Drain => new ServerDrain(serversOf(servers), settingsOf(options));
