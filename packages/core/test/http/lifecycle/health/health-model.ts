import type { HealthKind } from '../../../../src/http/lifecycle/health-types.ts';

/** One run of a check. A probe that asked for it has its outcome, whatever runs come after. */
interface Run {
  readonly startedAt: number;
  over: boolean;
  passed: boolean;
}

/** What is known of a check, as the description of `health` has it. */
export class CheckModel {
  runs = 0;
  givenUp = 0;
  readonly kind: HealthKind;
  readonly #timeoutMs: number;
  readonly #cacheMs: number;
  #run: Run | undefined = undefined;
  #ended: { readonly at: number; readonly run: Run } | undefined = undefined;

  constructor(kind: HealthKind, times: { readonly timeoutMs: number; readonly cacheMs: number }) {
    this.kind = kind;
    this.#timeoutMs = times.timeoutMs;
    this.#cacheMs = times.cacheMs;
  }

  /** The run whose outcome is the answer; a new one where nothing fresh is known and none hangs. */
  ask(now: number): Run {
    if (this.#ended !== undefined && now - this.#ended.at < this.#cacheMs) return this.#ended.run;
    if (this.#run === undefined) {
      this.runs++;
      this.#run = { startedAt: now, over: false, passed: false };
    }
    return this.#run;
  }

  /** The user's function settles. One given up long ago is only no longer in the way. */
  settle(now: number, passed: boolean): void {
    if (this.#run === undefined) return;
    if (!this.#run.over) this.#end(this.#run, now, passed);
    this.#run = undefined;
  }

  /** When it will be given up; nothing where it does not run. */
  get givesUpAt(): number | undefined {
    return this.#run?.over === false ? this.#run.startedAt + this.#timeoutMs : undefined;
  }

  giveUp(now: number): void {
    if (this.#run === undefined) return;
    this.givenUp++;
    this.#end(this.#run, now, false);
  }

  #end(run: Run, at: number, passed: boolean): void {
    run.over = true;
    run.passed = passed;
    this.#ended = { at, run };
  }
}

interface Waiting {
  readonly id: number;
  readonly kind: HealthKind;
  readonly asked: readonly { readonly kind: HealthKind; readonly run: Run }[];
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
    const asked = this.checks
      .filter((check) => this.#asks(kind, check.kind))
      .map((check) => ({ kind: check.kind, run: check.ask(now) }));
    this.#waiting.push({ id, kind, asked });
    this.answer(now);
  }

  /** Answers every probe that waits for nothing any more. */
  answer(now: number): void {
    const ready = this.#waiting.filter(({ asked }) => asked.every(({ run }) => run.over));
    this.#waiting = this.#waiting.filter((each) => !ready.includes(each));
    for (const { id, kind, asked } of ready) {
      const startup = asked.filter((check) => check.kind === 'startup');
      if (startup.length > 0 && startup.every(({ run }) => run.passed)) this.#started = true;
      const sound = asked.every(({ run }) => run.passed);
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
