import type { IncomingMessage, Server as HttpServer } from 'node:http';
import type { Http2SecureServer, Http2Server } from 'node:http2';
import type { Server as HttpsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import type { Clock } from '../../runtime/clock.ts';

/** A server that `drain` knows how to end. */
export type DrainableServer = HttpServer | HttpsServer | Http2Server | Http2SecureServer;

/** Options of `drain`; all may be left out. */
export interface DrainOptions {
  /** Stands in events and errors. Default `drain`. */
  readonly name?: string | undefined;
  /**
   * The first of these starts the drain, and the process exits when it is over: with 0 where it was clean,
   * with 1 where it was not. A second one, 250 ms later or more, exits with 1 at once. Default
   * `['SIGTERM', 'SIGINT']`; `false` for none. Windows delivers no SIGTERM.
   */
  readonly signals?: readonly NodeJS.Signals[] | false | undefined;
  /**
   * How long connections are still accepted, while readiness fails and responses close their connections: time
   * for a balancer to notice. Default 0.
   */
  readonly announceMs?: number | undefined;
  /**
   * How long idle connections stay open once none is accepted any more, so that no request races the end of
   * its connection. Default 1,500, or half of what the deadline leaves where that is less.
   */
  readonly lingerMs?: number | undefined;
  /** For all of it, teardown included. Default 10,000. */
  readonly deadlineMs?: number | undefined;
  /**
   * Says goodbye on a socket that was upgraded. Default: a WebSocket gets a close frame with 1001, others
   * are ended. Whoever is still there at the deadline is cut.
   */
  readonly onUpgraded?: ((socket: Duplex, request: IncomingMessage) => void) | undefined;
  /** How long those goodbyes are spread over, so that clients do not come back all at once. Default `lingerMs`. */
  readonly upgradedSpreadMs?: number | undefined;
  readonly clock?: Clock | undefined;
}

/**
 * Where a drain stands. `announcing` is left out where `announceMs` is 0, `lingering` where `lingerMs` is; the
 * others all come, each as soon as the one before has nothing to wait for.
 */
export type DrainPhase =
  | 'serving'
  | 'announcing'
  | 'lingering'
  | 'closing'
  | 'tearing-down'
  | 'closed';

/** What `on` of a drain can listen to. */
export interface DrainEvents {
  phase: {
    readonly name: string;
    readonly phase: DrainPhase;
    /** Requests that are not over. */
    readonly inFlight: number;
  };
}

/** How one piece of deferred work ended. `skipped`: no time was left for it to begin. */
export interface TeardownResult {
  readonly name: string;
  readonly outcome: 'done' | 'failed' | 'timed-out' | 'skipped';
  readonly tookMs: number;
  /** What it threw, or `HF_TIMEOUT`; `HF_DISPOSED` where the drain was disposed of while it ran. */
  readonly error?: unknown;
}

/** What the deadline left no time for. */
export interface DrainCut {
  /** Requests without a complete response, HTTP/2 included. */
  readonly requests: number;
  /**
   * Connections of HTTP/1 with such requests, or with part of one. Idle ones lose nothing and do not count. Of
   * those from before `drain` whose requests are not known, all count that Node does not take for idle.
   */
  readonly connections: number;
  /** Connections of HTTP/2 with such requests. */
  readonly sessions: number;
  readonly upgraded: number;
}

/** How a drain went. */
export interface DrainReport {
  readonly name: string;
  /** What `start` was given, or the signal. */
  readonly reason: string;
  readonly tookMs: number;
  /** Whether nothing was cut and all deferred work was done. */
  readonly clean: boolean;
  readonly cut: DrainCut;
  /** In the order in which it was run. */
  readonly teardown: readonly TeardownResult[];
}

/** The drain as plain JSON; reading it changes nothing. */
export interface DrainSnapshot {
  readonly name: string;
  readonly phase: DrainPhase;
  /** What it was started for, once it was. */
  readonly reason: string | null;
  readonly inFlight: number;
  /** Open connections of HTTP/1 that were not upgraded. */
  readonly connections: number;
  readonly sessions: number;
  readonly upgraded: number;
  /** Names of deferred work, in the order in which it will be run. */
  readonly deferred: readonly string[];
}

/** When deferred work is run, and for how long. */
export interface DeferOptions {
  /** Names of work deferred before, which has to be over first. Default none. */
  readonly after?: readonly string[] | undefined;
  /**
   * How long it may take, where that leaves an even share of the time to each that comes after it, or what
   * that asks for where it is less. Default an even share of the time that is left.
   */
  readonly timeoutMs?: number | undefined;
}

/** Options of `start`. */
export interface DrainStartOptions {
  /**
   * For all of it, in place of the drain's own deadline where it is less: the times before it are cut to half of what
   * it leaves. Default the drain's own.
   */
  readonly deadlineMs?: number | undefined;
  /** In place of the drain's own where it is less: 0 where nobody has to be told. Default the drain's own. */
  readonly announceMs?: number | undefined;
}

/** Ends servers without losing a request. Made by `drain(servers, options)`. */
export interface Drain extends Disposable {
  readonly name: string;
  readonly phase: DrainPhase;
  /** Aborts as the drain begins, with an `HF_DRAINING` as its reason: what streams for ever can end here. */
  readonly signal: AbortSignal;
  /** Requests that are not over, those over HTTP/2 included; upgraded sockets are none. */
  readonly inFlight: number;
  /**
   * Runs `work` once the servers are closed: the newest first, but never before what it names in `after`. Its
   * signal aborts when its time is over; a throw, a rejection or a hang is told in the report and stops nobody
   * else. Disposing takes it back. Throws `RangeError` for a name that is taken, a name in `after` that nobody
   * has, or a circle of them, and `HF_DISPOSED` once teardown has begun.
   */
  defer(name: string, work: (signal: AbortSignal) => unknown, options?: DeferOptions): Disposable;
  /**
   * Hands over one more server, best before it has connections; one that is there already is not added again. Once
   * the drain has begun it takes no connection any more, and is closed as soon as it listens. Throws `HF_DISPOSED`
   * once the drain is disposed of.
   */
  add(server: DrainableServer): void;
  /**
   * Begins, and gives the report when it is over: the same promise every time. Never rejects; throws for a wrong
   * option.
   */
  start(reason?: string, options?: DrainStartOptions): Promise<DrainReport>;
  /** Calls `listener` after the phase is entered; what it throws is reported, never passed on. */
  on<Name extends keyof DrainEvents>(
    event: Name,
    listener: (event: DrainEvents[Name]) => void,
  ): Disposable;
  snapshot(): DrainSnapshot;
}
