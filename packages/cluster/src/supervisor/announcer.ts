import { channel, type Channel } from 'node:diagnostics_channel';
import { Emitter, report, type Tap } from '@holdfast/core/adapter';
import type { Emit } from './fleet-options.ts';
import { EventLog } from './event-log.ts';
import { logLine } from './log-line.ts';
import type { Settings } from './settings.ts';
import type { SupervisorEvent, SupervisorEvents } from './supervisor-events.ts';

/** `holdfast:cluster`: every event of a supervisor. */
const clusterChannel: Channel<SupervisorEvent> = channel('holdfast:cluster');

/** A user's function must not stand in the way of what it is told of; nor must a promise of its. */
const heard = (tell: () => unknown, name: string): void => {
  const call = async (): Promise<unknown> => await tell();
  call().catch((error: unknown) => report(error, name));
};

/** Tells everybody of events. */
export class Announcer {
  readonly log: EventLog = new EventLog();
  readonly #settings: Settings;
  readonly #count: (event: SupervisorEvent) => void;
  readonly #events: Emitter<SupervisorEvents>;

  /** `count` hears each before anybody else. */
  constructor(settings: Settings, count: (event: SupervisorEvent) => void) {
    this.#settings = settings;
    this.#count = count;
    const tap: Tap<SupervisorEvents> = {
      hears: () => true,
      publish: (type, event) =>
        this.#publish({ type, atMs: settings.clock.wallNow(), ...event } as SupervisorEvent),
    };
    this.#events = new Emitter(tap);
  }

  /** Heard in a turn of its own: a listener that stops the cluster must not do so in the middle of a step. */
  readonly emit: Emit = (type, event) => {
    this.#events.emit(type, event);
    queueMicrotask(() => this.#events.flush(undefined));
  };

  on<Name extends keyof SupervisorEvents>(
    event: Name,
    listener: (event: SupervisorEvents[Name]) => void,
  ): Disposable {
    return this.#events.on(event, listener);
  }

  /** Nothing comes any more. */
  end(): void {
    this.#events.flush(undefined);
    this.log.end();
  }

  #publish(event: SupervisorEvent): void {
    const { log, onEvent } = this.#settings;
    this.#count(event);
    this.log.push(event);
    const line = logLine(event);
    if (line !== undefined) heard(() => log(line), 'log');
    heard(() => onEvent(event), 'onEvent');
    if (clusterChannel.hasSubscribers) clusterChannel.publish(event);
  }
}
