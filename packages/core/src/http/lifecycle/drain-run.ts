import type { Deferred } from './deferred.ts';
import type { DrainSettings, Times } from './drain-options.ts';
import { GRACE_MS } from './http1-connections.ts';
import { openBeside } from './open-beside.ts';
import { nextPoll, pauseUntil } from './pause.ts';
import { Traffic } from './traffic.ts';
import type {
  DrainableServer,
  DrainCut,
  DrainPhase,
  DrainReport,
  TeardownResult,
} from './types.ts';
import { WatchedServer } from './watched-server.ts';

const NOTHING: DrainCut = { requests: 0, connections: 0, sessions: 0, upgraded: 0 };

const isNothing = (cut: DrainCut): boolean => Object.values(cut).every((count) => count === 0);

/** How much of the deadline connections leave to teardown, and how much at most. */
const TEARDOWN_SHARE = 0.1;
const TEARDOWN_MS = 1_000;

/** How many turns of the event loop empty a backlog, at most: under a flood there is always somebody. */
const MOST_TURNS = 100;

/** The servers of a drain on their way from serving to closed. */
export class DrainRun {
  readonly traffic: Traffic;
  readonly #settings: DrainSettings;
  readonly #deferred: Deferred;
  readonly #servers = new Map<DrainableServer, WatchedServer>();
  /** Aborts when somebody disposes of the drain. */
  readonly #cancelled = new AbortController();
  /** Aborts when nothing is open any more, and with the other one. */
  readonly #over = new AbortController();
  #times: Times;
  #due = Infinity;
  #closing = false;
  #released = false;
  /** Whether nothing is open beside the servers. */
  #besideOver = false;

  constructor(servers: readonly DrainableServer[], settings: DrainSettings, deferred: Deferred) {
    this.#settings = settings;
    this.#times = settings;
    this.#deferred = deferred;
    this.traffic = new Traffic(settings, this.#onChange);
    for (const server of servers) this.add(server);
  }

  add(server: DrainableServer): void {
    if (this.#servers.has(server)) return;
    const { signals } = this.#settings;
    const watched = new WatchedServer(server, this.traffic, {
      changed: this.#onChange,
      left: () => this.#letGo(server),
      endsOnSignals: signals.length > 0,
    });
    this.#servers.set(server, watched);
    if (this.#due < Infinity) watched.stopAccepting();
  }

  /** Goes through all phases; `enter` hears of each, of the first before this returns. Never rejects. */
  async run(
    reason: string,
    times: Times,
    enter: (phase: DrainPhase) => void,
  ): Promise<DrainReport> {
    const { name, clock } = this.#settings;
    const { announceMs, lingerMs, deadlineMs } = times;
    const begun = clock.now();
    this.#times = times;
    this.#due = begun + deadlineMs;
    this.traffic.announce();
    if (announceMs > 0) {
      enter('announcing');
      await pauseUntil(clock, begun + announceMs, this.#cancelled.signal);
    }
    enter(lingerMs > 0 ? 'lingering' : 'closing');
    await this.#linger();
    if (lingerMs > 0) enter('closing');
    const cut = await this.#close();
    enter('tearing-down');
    const teardown = await this.#tearDown();
    const clean =
      !this.#cancelled.signal.aborted &&
      isNothing(cut) &&
      teardown.every(({ outcome }) => outcome === 'done');
    this.#release();
    enter('closed');
    return { name, reason, tookMs: clock.now() - begun, clean, cut, teardown };
  }

  /** Ends a run at once and leaves what is open to itself; without a run, only takes leave of the servers. */
  [Symbol.dispose](): void {
    this.#cancelled.abort();
    this.#over.abort();
    this.#release();
  }

  /** Takes no more connections, and leaves idle ones open for a time. */
  async #linger(): Promise<void> {
    const { clock } = this.#settings;
    const { lingerMs } = this.#times;
    const end = clock.now() + lingerMs;
    void this.#waitBeside();
    await this.#acceptBacklog();
    if (this.#cancelled.signal.aborted) return;
    for (const server of this.#watched) server.stopAccepting();
    this.traffic.http1.sayGoodbye();
    this.#onChange();
    if (lingerMs > 0) await pauseUntil(clock, Math.min(end, this.#lastCall), this.#over.signal);
  }

  async #waitBeside(): Promise<void> {
    await Promise.all(openBeside);
    this.#besideOver = true;
    this.#onChange();
  }

  /** Who has connected waits in the backlog to be accepted, and would be reset; a few are in each turn. */
  async #acceptBacklog(): Promise<void> {
    for (let turns = 0; turns < MOST_TURNS; turns++) {
      const before = this.#accepted;
      await nextPoll(this.#settings.clock, this.#cancelled.signal);
      if (this.#accepted === before) return;
    }
  }

  get #accepted(): number {
    return this.#watched.reduce((sum, { accepted }) => sum + accepted, 0);
  }

  get #watched(): readonly WatchedServer[] {
    return [...this.#servers.values()];
  }

  /** Ends what is idle, waits for the rest and cuts what is left. */
  async #close(): Promise<DrainCut> {
    const { clock } = this.#settings;
    if (this.#cancelled.signal.aborted) return NOTHING;
    this.#closing = true;
    this.traffic.endIdle();
    this.#onChange();
    while (!this.#over.signal.aborted && clock.now() < this.#lastCall) {
      const again = Math.min(this.#lastCall, clock.now() + GRACE_MS);
      await pauseUntil(clock, again, this.#over.signal);
      // A connection that is not known tells of nothing, and may have turned idle.
      this.#onChange();
    }
    return this.#over.signal.aborted ? NOTHING : this.#cut();
  }

  async #cut(): Promise<DrainCut> {
    const cut = this.traffic.cut();
    // All that are known are gone: whoever is left is not known.
    const unknown = await Promise.all(this.#watched.map((server) => server.cutUnknown()));
    // Whoever hears of it should have done so before what it uses is torn down.
    for (let polls = 0; polls < 2; polls++) await nextPoll(this.#settings.clock, this.#over.signal);
    return { ...cut, connections: unknown.reduce((sum, each) => sum + each, cut.connections) };
  }

  #tearDown(): Promise<readonly TeardownResult[]> {
    const { clock } = this.#settings;
    return this.#deferred.run({ clock, due: this.#due, cancelled: this.#cancelled.signal });
  }

  /** When the connections that are left are cut. */
  get #lastCall(): number {
    const { deadlineMs } = this.#times;
    const kept = this.#deferred.isEmpty ? 0 : Math.min(deadlineMs * TEARDOWN_SHARE, TEARDOWN_MS);
    return this.#due - kept;
  }

  /** One that was closed may be forgotten, and its memory with it: it tells if it listens again. */
  #letGo(server: DrainableServer): void {
    if (this.#due < Infinity) return;
    this.#servers.get(server)?.[Symbol.dispose]();
    this.#servers.delete(server);
    server.once('listening', () => {
      if (!this.#released) this.add(server);
    });
  }

  #release(): void {
    this.#released = true;
    for (const server of this.#watched) server[Symbol.dispose]();
    this.traffic[Symbol.dispose]();
  }

  readonly #onChange = (): void => {
    if (this.#released || !this.traffic.isOver) return;
    const open = this.#watched.filter(({ closed }) => !closed);
    if (open.length === 0 && this.#besideOver) this.#over.abort();
    else if (this.#closing) for (const server of open) server.endUnknown();
  };
}
