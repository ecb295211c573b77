import type { Launch } from '../protocol/launch.ts';
import type { FromWorker, ToWorker } from '../protocol/messages.ts';

/** How a process has ended. */
export interface Exit {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Blocked {
  readonly blockedMs: number;
  readonly stack: string | undefined;
  readonly detail: string;
}

/** Hears of one worker's process. After `onExit` nothing comes. */
export interface WorkerListener {
  onMessage(message: FromWorker): void;
  onBlocked(blocked: Blocked): void;
  onUnblocked(unblocked: { readonly blockedMs: number }): void;
  /** It goes on without a way to be told anything. */
  onChannelClosed(): void;
  onExit(exit: Exit): void;
}

/** One worker's process; nothing here throws, also where the process is gone. */
export interface WorkerProcess {
  readonly id: number;
  /** 0 where it could not be started. */
  readonly pid: number;
  /** What it wrote to standard error last that looks like a reason, or why it could not be started; else empty. */
  readonly lastWords: string;
  /** Answers with an error where it could not be sent. */
  send(message: ToWorker): Error | undefined;
  kill(signal: NodeJS.Signals): void;
}

/** Starts processes of workers. */
export interface Launcher {
  /** `label` stands before each line of its output. */
  launch(
    launch: Pick<Launch, 'generation' | 'slot'>,
    listener: WorkerListener,
    label: () => string,
  ): WorkerProcess;
  /** Connections dealt out again that a dead worker had left. */
  readonly rescued: number;
  /** Resolves when all that workers wrote has been passed on, or soon. */
  outputEnded(): Promise<void>;
}
