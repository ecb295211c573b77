import { clearScreenDown, moveCursor } from 'node:readline';
import { currentCircuits, type Evidence } from './evidence.ts';
import { phaseAt } from './incident.ts';
import type { Outcome, Side } from './messages.ts';
import { latenciesOf, percentile } from './summary.ts';

const WINDOW_MS = 1_000;

/** What one API answered in the last second that is known in full. */
const sideText = (side: Side, { samples, sent, upTo }: Evidence): string => {
  const own = samples.filter((sample) => sample.side === side);
  const last = own.filter(({ at, latencyMs }) => at + latencyMs > upTo - WINDOW_MS);
  const count = (...outcomes: readonly Outcome[]): string =>
    String(last.filter(({ outcome }) => outcomes.includes(outcome)).length).padStart(3);
  const p99 = percentile(latenciesOf(last), 0.99);
  return [
    `${String(last.length).padStart(3)} req/s`,
    `p99 ${(Number.isNaN(p99) ? '–' : p99.toFixed(0)).padStart(4)} ms`,
    `${count('refused')} refused`,
    `${count('error', 'timeout')} errors`,
    `${String(sent - own.length).padStart(3)} waiting`,
  ].join(' ');
};

const viewOf = (evidence: Evidence, now: number): readonly string[] => {
  const states = currentCircuits(evidence).map(({ state }) => state.padEnd(9));
  return [
    `${(now / 1_000).toFixed(0).padStart(2)} s payments ${phaseAt(now).padEnd(7)} circuits ${states.join(' ')}`,
    `bare     ${sideText('bare', evidence)}`,
    `Holdfast ${sideText('holdfast', evidence)}`,
  ];
};

/** How things stand: a block that is redrawn on a terminal, else a line a second. */
export class LiveView {
  readonly #evidence: Evidence;
  #drawn = 0;

  constructor(evidence: Evidence) {
    this.#evidence = evidence;
  }

  /** Until disposed. */
  show(): Disposable {
    const timer = setInterval(() => this.#draw(), process.stdout.isTTY ? 250 : 1_000);
    return { [Symbol.dispose]: () => clearInterval(timer) };
  }

  /** Something that stays, above what is redrawn. */
  print(text: string): void {
    this.#clear();
    process.stderr.write(text);
  }

  #draw(): void {
    const now = Date.now() - this.#evidence.startsAtMs;
    if (now < 0) return;
    const lines = viewOf(this.#evidence, now);
    this.#clear();
    console.log(lines.join(process.stdout.isTTY ? '\n' : ' | '));
    this.#drawn = lines.length;
  }

  #clear(): void {
    const { stdout } = process;
    if (!stdout.isTTY) return;
    moveCursor(stdout, 0, -this.#drawn);
    clearScreenDown(stdout);
    this.#drawn = 0;
  }
}
