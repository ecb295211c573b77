import {
  everyMsOf,
  Watch,
  type Finding,
  type Sight,
  type WatchLimits,
} from '../../../src/watchdog/watch.ts';

/** What a process goes through, one after the other. */
export interface Stretch {
  /** `turning`: the event loop does. `blocked`: it does not. `stopped`: no thread of the process runs. */
  readonly kind: 'turning' | 'blocked' | 'stopped';
  readonly forMs: number;
}

/** A finding, and what was true then. */
export interface Found {
  readonly finding: Finding;
  /** For how long the main thread had run without a turn, time in which it was stopped left out. */
  readonly blockedMs: number;
  /** How often the process was stopped meanwhile. */
  readonly stops: number;
}

export interface Beginning {
  /** From one look to the next, in periods. */
  readonly gaps?: readonly number[];
  readonly lastDrain?: Sight['lastDrain'];
}

const NO_DRAIN = { calls: 0, withinMs: 0 };

/** A main thread that beats, and a watchdog that looks, each as late as `gaps` says, in steps of a millisecond. */
export class Timeline {
  readonly found: Found[] = [];
  readonly everyMs: number;
  readonly #watch: Watch;
  readonly #gaps: readonly number[];
  #atMs = 0;
  #beats = 0;
  #nextBeatMs = 0;
  #nextLookMs = 0;
  #looks = 0;
  #blockedMs = 0;
  #stops = 0;
  orphaned = false;
  debugged = false;
  lastDrain: Sight['lastDrain'];

  constructor(limits: WatchLimits, { gaps = [1], lastDrain = NO_DRAIN }: Beginning = {}) {
    this.everyMs = everyMsOf(limits.blockedAfterMs);
    this.#gaps = gaps;
    this.lastDrain = lastDrain;
    this.#watch = new Watch(limits, this.#sight());
  }

  drain(withinMs: number): void {
    this.lastDrain = { calls: this.lastDrain.calls + 1, withinMs };
  }

  go(kind: Stretch['kind'], forMs: number): void {
    if (kind === 'stopped') {
      this.#atMs += forMs;
      this.#stops++;
      return;
    }
    for (let passedMs = 0; passedMs < forMs; passedMs++) this.#step(kind === 'turning');
  }

  /** What was found so far, without its numbers. */
  get types(): readonly Finding['type'][] {
    return this.found.map(({ finding }) => finding.type);
  }

  get reports(): readonly Found[] {
    return this.found.filter(({ finding }) => finding.type === 'blocked');
  }

  #step(turning: boolean): void {
    this.#atMs++;
    if (turning) this.#turn();
    else this.#blockedMs++;
    if (this.#atMs >= this.#nextLookMs) this.#look();
  }

  #turn(): void {
    this.#blockedMs = 0;
    this.#stops = 0;
    if (this.#atMs < this.#nextBeatMs) return;
    this.#beats++;
    this.#nextBeatMs = this.#atMs + this.everyMs;
  }

  #look(): void {
    const gap = this.#gaps[this.#looks++ % this.#gaps.length] ?? 1;
    this.#nextLookMs = this.#atMs + gap * this.everyMs;
    const finding = this.#watch.look(this.#sight());
    if (finding === undefined) return;
    this.found.push({ finding, blockedMs: this.#blockedMs, stops: this.#stops });
  }

  #sight(): Sight {
    const { orphaned, debugged, lastDrain } = this;
    return { atMs: this.#atMs, beats: this.#beats, debugged, orphaned, lastDrain };
  }
}
