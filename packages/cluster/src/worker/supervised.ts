import type { Server } from 'node:net';
import type { Clock } from '@holdfast/core';
import {
  clockOf,
  drain,
  endsOnSignals,
  isDrainable,
  openBeside,
  superviseExits,
  type Drain,
} from '@holdfast/core/lifecycle';
import type { Launch } from '../protocol/launch.ts';
import type { ToWorker } from '../protocol/messages.ts';
import { within } from '../within.ts';
import { Companions } from './companions.ts';
import { Departure } from './departure.ts';
import { withReusePort } from './fixed-port.ts';
import { Inbox } from './inbox.ts';
import { watchDisconnect, watchSignals } from './leave-causes.ts';
import { watchListening } from './listening.ts';
import { PrimaryLine } from './primary-line.ts';
import { RawServers } from './raw-servers.ts';
import { Readiness } from './readiness.ts';
import type { Lifecycle, MetricSource } from './types.ts';
import { watchUncaught, type Uncaught } from './uncaught.ts';

/** How long a supervisor may take to say where a server listens. */
const LISTEN_MS = 1_000;

/** A process that a supervisor has started. */
class SupervisedLifecycle implements Lifecycle {
  readonly isSupervised = true;
  readonly sharesStore: boolean;
  readonly generation: number;
  readonly drain: Drain;
  readonly #clock: Clock = clockOf(undefined);
  readonly #line = new PrimaryLine();
  readonly #raw = new RawServers(this.#clock);
  readonly #inbox = new Inbox(this.#line, this.#clock);
  readonly #readiness: Readiness;
  readonly #departure: Departure;
  readonly #companions: Companions;
  #slot: number | undefined;

  constructor(launch: Launch) {
    const { name, generation, shutdown, watchdog, readyOn, slot, reusePort, store = true } = launch;
    const { announceMs, lingerMs, deadlineMs } = shutdown;
    const clock = this.#clock;
    const line = this.#line;
    const exits = superviseExits();
    this.sharesStore = store;
    this.generation = generation;
    this.#slot = slot;
    this.drain = drain([], { name, announceMs, lingerMs, deadlineMs });
    this.#companions = new Companions({
      clock,
      line,
      watchdog,
      inFlight: () => exits.inFlight,
      slot: () => this.#slot,
    });
    this.#readiness = new Readiness({
      readyOn,
      standby: slot === undefined,
      clock,
      loaded: () => line.send({ holdfast: 'loaded' }),
      ready: () => this.#becomeReady(),
      deserted: () => this.#departure.wish('asked', 'no server listens any more'),
    });
    this.#departure = new Departure({
      exits,
      raw: this.#raw,
      line,
      clock,
      shutdown,
      begins: (withinMs) => this.#begin(withinMs),
      drained: () => this.#companions.drained(),
    });
    this.#watch(reusePort);
  }

  get slot(): number | undefined {
    return this.#slot;
  }

  ready(): void {
    this.#readiness.tell();
  }

  leave(detail: string): void {
    this.#departure.wish('asked', detail);
  }

  onMessage(topic: string, handler: (data: unknown) => unknown): Disposable {
    return this.#inbox.onMessage(topic, handler);
  }

  addMetrics(source: MetricSource): Disposable {
    return this.#inbox.addMetrics(source);
  }

  #watch(reusePort: boolean): void {
    const departure = this.#departure;
    this.#line.onMessage((message) => this.#hear(message));
    watchListening({
      argumentsOf: (args) => (reusePort ? withReusePort(args) : args),
      begins: (server, listen) => this.#readiness.begins(server, listen),
      listens: (server) => this.#listens(server),
      ends: (server) => this.#readiness.ends(server),
    });
    watchSignals(() => departure.wish('signal', 'SIGTERM'));
    watchDisconnect(() => departure.disconnect());
    watchUncaught((uncaught) => this.#fail(uncaught));
    // Somebody has started the drain: the program itself, unless the departure has.
    this.drain.on('phase', () => departure.leave('asked', this.drain.snapshot().reason ?? ''));
  }

  #listens(server: Server): void {
    if (!isDrainable(server)) this.#raw.add(server);
    else if (!endsOnSignals(server)) this.drain.add(server);
    this.#readiness.listens(server);
  }

  #becomeReady(): void {
    this.#line.send({ holdfast: 'ready' });
    this.#companions.begin();
  }

  #begin(withinMs: number): void {
    // The drain is not over before: it takes those that listen by then.
    openBeside.add(within(this.#clock, LISTEN_MS, this.#readiness.end()));
    this.#companions.draining(withinMs);
  }

  #hear(message: ToWorker): void {
    switch (message.holdfast) {
      case 'activate':
        this.#slot = message.slot;
        return this.#readiness.activate();
      case 'drain':
        return this.#departure.drain(message);
      case 'goodbye':
        return this.#departure.dismiss();
      default:
        return this.#inbox.take(message);
    }
  }

  #fail({ detail, isFatal }: Uncaught): void {
    if (!isFatal || this.#readiness.wasReady) return this.#departure.fail(detail);
    this.#line.send({ holdfast: 'fatal', detail }, () => process.exit(1));
  }
}

/** For the one `lifecycle()` of a process that a supervisor has started. */
export const supervisedLifecycle = (launch: Launch): Lifecycle => new SupervisedLifecycle(launch);
