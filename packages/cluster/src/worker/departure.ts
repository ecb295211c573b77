import cluster from 'node:cluster';
import type { Clock } from '@holdfast/core';
import { openBeside, type ExitSupervision } from '@holdfast/core/lifecycle';
import type { ShutdownTimes } from '../protocol/launch.ts';
import type { LeavingReason, ToWorker } from '../protocol/messages.ts';
import { farewellOf, type Outcome } from './farewell.ts';
import type { PrimaryLine } from './primary-line.ts';
import type { RawServers } from './raw-servers.ts';
import { within } from '../within.ts';

/** How long drains may take beyond their own deadline, which they keep by themselves. */
const MARGIN_MS = 250;
/** How long the supervisor may take to say goodbye, and the channel to close. */
const GOODBYE_MS = 1_000;

/** What has to be over before a worker ends, and who is to know. */
export interface DepartureParts {
  readonly exits: ExitSupervision;
  readonly raw: RawServers;
  readonly line: PrimaryLine;
  readonly clock: Clock;
  readonly shutdown: ShutdownTimes;
  /** Hears as it begins, with how long it may take. */
  readonly begins: (deadlineMs: number) => void;
  /** Hears when the drains are over. */
  readonly drained: () => void;
}

/** Why a worker goes; without a reason because it was told to. */
interface Cause {
  readonly reason?: LeavingReason;
  readonly detail: string;
  readonly deadlineMs: number;
  /** Whether somebody has to be told before. */
  readonly announce?: boolean | undefined;
}

type DrainCommand = Extract<ToWorker, { readonly holdfast: 'drain' }>;

/**
 * The way of a worker out: drains, says bye, waits for the goodbye of the supervisor, leaves the cluster and exits. To
 * exit before the goodbye would lose the connections that the supervisor has handed over and nobody has looked at.
 */
export class Departure {
  readonly #parts: DepartureParts;
  readonly #goodbye: PromiseWithResolvers<void> = Promise.withResolvers();
  readonly #disconnected: PromiseWithResolvers<void> = Promise.withResolvers();
  /** Settles when the drains have no time any more. */
  readonly #over: PromiseWithResolvers<void> = Promise.withResolvers();
  #begun = false;
  #hasWished = false;
  #failed = false;

  constructor(parts: DepartureParts) {
    this.#parts = parts;
  }

  /** The supervisor wants it. Whoever begins first decides; the others change nothing. */
  drain({ reason, deadlineMs, announce }: DrainCommand): void {
    this.#begin({ detail: reason, deadlineMs, announce });
  }

  /**
   * It wants to go, and serves until the supervisor tells it to, which is when another one serves. Who is told twice,
   * or has nobody to tell, goes at once.
   */
  wish(reason: 'signal' | 'asked', detail: string): void {
    const { line } = this.#parts;
    if (this.#hasWished || !line.isOpen) return this.leave(reason, detail);
    this.#hasWished = true;
    if (!this.#begun) line.send({ holdfast: 'leaving', reason, detail, isServing: true });
  }

  /** It goes by itself. */
  leave(reason: LeavingReason, detail: string): void {
    this.#begin({ reason, detail, deadlineMs: this.#parts.shutdown.deadlineMs });
  }

  /** Nobody knows what state it is in: requests have a short time to end, and after a second error none. */
  fail(detail: string): void {
    if (this.#failed) process.exit(1);
    this.#failed = true;
    const deadlineMs = this.#parts.shutdown.errorDeadlineMs;
    if (this.#begun) this.#parts.clock.setTimer(() => this.#over.resolve(), deadlineMs);
    else this.#begin({ reason: 'error', detail, deadlineMs });
  }

  /** The supervisor has said goodbye. */
  dismiss(): void {
    this.#goodbye.resolve();
  }

  /** The channel to the supervisor is closed. */
  disconnect(): void {
    this.#goodbye.resolve();
    this.#disconnected.resolve();
    this.leave('orphaned', 'the supervisor is gone');
  }

  #begin(cause: Cause): void {
    if (this.#begun) return;
    this.#begun = true;
    const { reason, detail, deadlineMs } = cause;
    if (reason !== undefined)
      this.#parts.line.send({ holdfast: 'leaving', reason, detail, isServing: false });
    this.#parts.begins(deadlineMs);
    this.#go(cause).catch((error: unknown) => {
      console.error(error);
      process.exit(1);
    });
  }

  async #go(cause: Cause): Promise<void> {
    const report = farewellOf(await this.#drain(cause));
    this.#parts.drained();
    this.#parts.line.send({ holdfast: 'bye', report });
    await within(this.#parts.clock, GOODBYE_MS, this.#goodbye.promise);
    if (this.#parts.line.isOpen) {
      cluster.worker?.disconnect();
      await within(this.#parts.clock, GOODBYE_MS, this.#disconnected.promise);
    }
    const { exitCode = 0 } = process;
    // A code that the program has set stands, unless it says that all is well where it is not.
    process.exit(report.clean && !this.#failed ? exitCode : exitCode || 1);
  }

  async #drain({ detail, deadlineMs, announce = false }: Cause): Promise<Outcome> {
    const { exits, raw, clock } = this.#parts;
    const begun = clock.now();
    const options = announce ? { deadlineMs } : { deadlineMs, announceMs: 0 };
    const rawEnd = raw.end(deadlineMs);
    openBeside.add(rawEnd);
    const drains = Promise.all([exits.start(detail, options), rawEnd]);
    const ended = await within(
      clock,
      deadlineMs + MARGIN_MS,
      Promise.race([drains, this.#over.promise]),
    );
    const [reports, rawSockets] = ended ?? [undefined, 0];
    return { reports, rawSockets, inFlight: exits.inFlight, tookMs: clock.now() - begun };
  }
}
