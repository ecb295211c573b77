import type { HealthKind } from '../../../../src/http/lifecycle/health-types.ts';

interface Run {
  readonly startedAt: number;
  over: boolean;
}

/** What is known of a check, as the description of `health` has it. */
export class CheckModel {
  runs = 0;
  givenUp = 0;
  readonly kind: HealthKind;
  readonly #timeoutMs: number;
  readonly #cacheMs: number;
  #run: Run | undefined = undefined;
  #ended: { readonly at: number; readonly passed: boolean } | undefined = undefined;

  constructor(kind: HealthKind, times: { readonly timeoutMs: number; readonly cacheMs: number }) {
    this.kind = kind;
    this.#timeoutMs = times.timeoutMs;
    this.#cacheMs = times.cacheMs;
  }

  /** Whether a probe has to wait for it. */
  get waits(): boolean {
    return this.#run !== undefined && !this.#run.over;
  }

  get passed(): boolean {
    return this.#ended?.passed === true;
  }

  /** Somebody asks; begins a run where nothing fresh is known and none hangs. */
  ask(now: number): void {
    const fresh = this.#ended !== undefined && now - this.#ended.at < this.#cacheMs;
    if (fresh || this.#run !== undefined) return;
    this.runs++;
    this.#run = { startedAt: now, over: false };
  }

  /** The user's function settles. One given up long ago is only no longer in the way. */
  settle(now: number, passed: boolean): void {
    if (this.#run === undefined) return;
    if (!this.#run.over) this.#ended = { at: now, passed };
    this.#run = undefined;
  }

  /** When it will be given up; nothing where it does not run. */
  get givesUpAt(): number | undefined {
    return this.waits && this.#run !== undefined
      ? this.#run.startedAt + this.#timeoutMs
      : undefined;
  }

  giveUp(now: number): void {
    if (this.#run === undefined) return;
    this.#run.over = true;
    this.givenUp++;
    this.#ended = { at: now, passed: false };
  }
}

interface Waiting {
  readonly id: number;
  readonly kind: HealthKind;
  readonly asked: readonly CheckModel[];
}

/** A process with its checks: which probe ends when, and how. */
export class HealthModel {
  readonly answers = new Map<number, { readonly at: number; readonly status: 'pass' | 'fail' }>();
  readonly checks: readonly CheckModel[];
  draining = false;
  #started: boolean;
  #waiting: Waiting[] = [];

  constructor(checks: readonly CheckModel[]) {
    this.checks = checks;
    this.#started = checks.every(({ kind }) => kind !== 'startup');
  }

  probe(id: number, kind: HealthKind, now: number): void {
    const asked = this.checks.filter((check) => this.#asks(kind, check.kind));
    for (const check of asked) check.ask(now);
    this.#waiting.push({ id, kind, asked });
    this.answer(now);
  }

  /** Answers every probe that waits for nothing any more. */
  answer(now: number): void {
    const ready = this.#waiting.filter(({ asked }) => asked.every((check) => !check.waits));
    this.#waiting = this.#waiting.filter((each) => !ready.includes(each));
    for (const { id, kind, asked } of ready) {
      const startup = asked.filter((check) => check.kind === 'startup');
      if (startup.length > 0 && startup.every(({ passed }) => passed)) this.#started = true;
      const sound = asked.every(({ passed }) => passed);
      const isReady = sound && this.#started && !this.draining;
      const passes = { liveness: sound, readiness: isReady, startup: this.#started }[kind];
      this.answers.set(id, { at: now, status: passes ? 'pass' : 'fail' });
    }
  }

  #asks(probe: HealthKind, check: HealthKind): boolean {
    if (check === 'startup' && this.#started) return false;
    if (probe !== 'readiness') return probe === check;
    return !this.draining && check !== 'liveness';
  }

  /** Time passes up to `end`; runs are given up on the millisecond. */
  advance(end: number): void {
    for (;;) {
      const due = this.checks.flatMap(({ givesUpAt }) => givesUpAt ?? []).sort((a, b) => a - b)[0];
      if (due === undefined || due > end) return;
      for (const check of this.checks) if (check.givesUpAt === due) check.giveUp(due);
      this.answer(due);
    }
  }
}
