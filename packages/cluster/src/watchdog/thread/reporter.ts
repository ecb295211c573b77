import type { Board } from '../board.ts';
import { nativeState } from '../native-state.ts';
import { abandonedText, reportText, type Subject } from '../report-text.ts';
import { reportLine, type BlockedReport, type WatchdogReport } from '../report.ts';
import type { Finding } from '../watch.ts';
import type { ThreadSettings } from './settings.ts';
import { stackOfMain } from './stack-of-main.ts';
import { writeAll } from './write-all.ts';

const STANDARD_ERROR = 2;

type Evidence = Pick<BlockedReport, 'stack' | 'detail'>;

const noStack = (detail: string): Evidence => ({ stack: undefined, detail });

/** Writes what was found, one after the other though a stack takes its time. */
export class Reporter {
  readonly #board: Board;
  readonly #settings: ThreadSettings;
  #done: Promise<void> = Promise.resolve();

  constructor(board: Board, settings: ThreadSettings) {
    this.#board = board;
    this.#settings = settings;
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
      .then(() => this.#evidence(beats))
      .then((evidence) => this.#write({ type: 'blocked', blockedMs, ...evidence }));
  }

  async #evidence(beats: number): Promise<Evidence> {
    if (!this.#settings.canInspect) return noStack('the inspector may not be used');
    try {
      const stack = await stackOfMain();
      if (stack === '' || this.#board.beats !== beats)
        return noStack('it went on before its stack could be read');
      return stack === undefined ? noStack(nativeState()) : { stack, detail: 'in JavaScript' };
    } catch (error) {
      return noStack(`its stack cannot be read: ${String(error)}`);
    }
  }

  #write(report: WatchdogReport): void {
    // The supervisor first: it acts on it.
    const { descriptor } = this.#settings;
    if (descriptor !== undefined) writeAll(descriptor, reportLine(report));
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
