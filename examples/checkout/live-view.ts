import { clearScreenDown, moveCursor } from 'node:readline';
import type { Evidence } from './evidence.ts';
import { phaseAt, TOTAL_MS } from './incident.ts';
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

const viewOf = (evidence: Evidence, now: number): readonly string[] => [
  `${(now / 1_000).toFixed(0).padStart(2)} s payments ${phaseAt(now).padEnd(7)} circuit ${evidence.circuit.state.padEnd(9)}`,
  `bare     ${sideText('bare', evidence)}`,
  `Holdfast ${sideText('holdfast', evidence)}`,
];

/**
 * Shows how things stand until disposed: a block that is redrawn on a terminal, else a line a second.
 */
export const liveView = (evidence: Evidence, startsAt: number): Disposable => {
  const { stdout } = process;
  let drawn = 0;
  const draw = (): void => {
    const now = Date.now() - startsAt;
    if (now < 0 || now > TOTAL_MS) return;
    const lines = viewOf(evidence, now);
    if (!stdout.isTTY) {
      console.log(lines.join(' | '));
      return;
    }
    moveCursor(stdout, 0, -drawn);
    clearScreenDown(stdout);
    console.log(lines.join('\n'));
    drawn = lines.length;
  };
  const timer = setInterval(draw, stdout.isTTY ? 250 : 1_000);
  return { [Symbol.dispose]: () => clearInterval(timer) };
};
