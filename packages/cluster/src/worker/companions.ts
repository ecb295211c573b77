import type { Clock } from '@holdfast/core';
import { report } from '@holdfast/core/lifecycle';
import { WATCHDOG_DESCRIPTOR, type Launch } from '../protocol/launch.ts';
import { atFirstRequest } from './at-first-request.ts';
import type { PrimaryLine } from './primary-line.ts';
import { sendVitals, type Vitals } from './vitals.ts';
import type { startWatchdog, Watchdog } from '../watchdog/start-watchdog.ts';

/** How long a program may take to be ready before it is watched all the same. */
const START_MS = 500;
/**
 * How long the watchdog's thread waits for a request: to start it takes a third of the time on a CPU that the program took,
 * which whoever waits for the worker would wait for as well. It is there before anything that a request does.
 */
const QUIET_MS = 50;

/** What goes along with a worker's program. */
export interface CompanionParts {
  readonly clock: Clock;
  readonly line: PrimaryLine;
  readonly watchdog: Launch['watchdog'];
  readonly inFlight: () => number;
  readonly slot: () => number | undefined;
}

const tell = (error: unknown): void => report(error, 'the watchdog');

/** Vitals and the watchdog. What costs time to load is loaded when the worker is ready, and not before. */
export class Companions {
  readonly #parts: CompanionParts;
  readonly #parentPid = process.ppid;
  readonly #wait: Disposable;
  readonly #vitals: Vitals;
  #watchdog: Watchdog | undefined = undefined;
  /** When the drain is over at the latest. */
  #drainedBy: number | undefined = undefined;
  #begun = false;
  #start: typeof startWatchdog | undefined = undefined;
  #isDue = false;

  constructor(parts: CompanionParts) {
    const { clock, line, inFlight } = parts;
    this.#parts = parts;
    this.#vitals = sendVitals({
      clock,
      inFlight,
      send: (vitals) => {
        if (!line.isFull) line.send({ holdfast: 'vitals', vitals });
      },
    });
    const wait = clock.setTimer(() => this.begin(), START_MS);
    wait.unref();
    this.#wait = wait;
  }

  begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#wait[Symbol.dispose]();
    if (this.#parts.watchdog !== undefined) this.#load().catch(tell);
  }

  draining(withinMs: number): void {
    this.#drainedBy = this.#parts.clock.now() + withinMs;
    this.#watchdog?.draining(withinMs);
  }

  /** Nothing is counted any more. */
  drained(): void {
    this.#vitals.tell();
  }

  async #load(): Promise<void> {
    atFirstRequest(this.#parts.clock, QUIET_MS, () => {
      this.#isDue = true;
      this.#watch();
    });
    ({ startWatchdog: this.#start } = await import('../watchdog/start-watchdog.ts'));
    this.#watch();
  }

  /** As soon as it is loaded and due. */
  #watch(): void {
    const { clock, watchdog, slot } = this.#parts;
    if (watchdog === undefined || this.#start === undefined || !this.#isDue) return;
    try {
      this.#watchdog = this.#start({
        ...watchdog,
        parentPid: this.#parentPid,
        descriptor: WATCHDOG_DESCRIPTOR,
        slot,
      });
      if (this.#drainedBy !== undefined)
        this.#watchdog.draining(Math.max(0, this.#drainedBy - clock.now()));
    } catch (error) {
      tell(error);
    }
  }
}
