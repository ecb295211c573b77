import type { FarewellReport, LeavingReason } from '../protocol/messages.ts';
import type { WorkerState } from './status-types.ts';
import type { ReplaceCause } from './supervisor-events.ts';
import type { Exit } from './worker-process.ts';

/** Why a worker leaves, or wants to, by its own account. */
export interface Wish {
  readonly reason: LeavingReason;
  readonly detail: string;
}

/** What is known of why a worker goes, and of how: by its own account, and by what was seen of it. */
export class Parting {
  wish: Wish | undefined = undefined;
  /** What it said of an error that another worker would have, too. */
  fatal: string | undefined = undefined;
  report: FarewellReport | undefined = undefined;
  isNeverReady = false;
  wasKilled = false;
  /** Whether it left as it was told or had said, and cut nothing. */
  isClean = false;

  /** Why its slot is empty where it is gone. */
  get causeOfGap(): ReplaceCause {
    if (this.isNeverReady) return 'never-ready';
    return this.wish === undefined || this.wish.reason === 'error' ? 'crash' : 'leaving';
  }

  get said(): string | undefined {
    return this.fatal ?? this.wish?.detail;
  }

  /** Whether another worker would fare no better. */
  isFatal({ exitCode }: Exit, fatalExitCodes: ReadonlySet<number>): boolean {
    return this.fatal !== undefined || (exitCode !== null && fatalExitCodes.has(exitCode));
  }

  end({ exitCode }: Exit, stateBefore: WorkerState): void {
    this.isClean = stateBefore === 'leaving' && exitCode === 0 && this.report?.clean !== false;
  }
}
