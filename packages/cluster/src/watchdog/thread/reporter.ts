import type { Board } from '../board.ts';
import { nativeState } from '../native-state.ts';
import { abandonedText, reportText, type Subject } from '../report-text.ts';
import { reportLine, type BlockedReport, type WatchdogReport } from '../report.ts';
import type { Finding } from '../watch.ts';
import { stackOfMain } from './stack-of-main.ts';
import { writeAll } from './write-all.ts';

const STANDARD_ERROR = 2;
const STACK_WITHIN_MS = 500;

type Evidence = Pick<BlockedReport, 'stack' | 'detail'>;

/** Writes what was found, one after the other though a stack takes its time. */
export class Reporter {
  readonly #board: Board;
  readonly #descriptor: number | undefined;
  #done: Promise<void> = Promise.resolve();

  constructor(board: Board, descriptor: number | undefined) {
    this.#board = board;
    this.#descriptor = descriptor;
  }

  /** Never throws, nor leaves a rejection. */
  report(finding: Finding): void {
    if (finding.type === 'abandoned') this.#kill(finding.cause);
    else if (finding.type === 'blocked') this.#blocked(finding.blockedMs);
    else this.#done = this.#done.then(() => this.#write(finding));
  }

  #blocked(blockedMs: number): void {
    const { beats } = this.#board;
    this.#done = this.#done
      .then(() => this.#evidence(() => this.#board.beats === beats))
      .then((evidence) => this.#write({ type: 'blocked', blockedMs, ...evidence }));
  }

  async #evidence(isStill: () => boolean): Promise<Evidence> {
    try {
      const stack = await stackOfMain(STACK_WITHIN_MS, isStill);
      if (stack !== undefined) return { stack, detail: 'in JavaScript' };
      const detail = isStill() ? nativeState() : 'and went on before its stack could be read';
      return { stack: undefined, detail };
    } catch (error) {
      return { stack: undefined, detail: `and its stack cannot be read: ${String(error)}` };
    }
  }

  #write(report: WatchdogReport): void {
    // The supervisor first: it acts on it.
    if (this.#descriptor !== undefined) writeAll(this.#descriptor, reportLine(report));
    writeAll(STANDARD_ERROR, reportText(this.#subject(), report));
  }

  #kill(cause: Extract<Finding, { type: 'abandoned' }>['cause']): void {
    writeAll(STANDARD_ERROR, abandonedText(this.#subject(), cause));
    process.kill(process.pid, 'SIGKILL');
  }

  #subject(): Subject {
    return { pid: process.pid, slot: this.#board.slot };
  }
}
