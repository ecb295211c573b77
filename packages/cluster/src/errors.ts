/** What went wrong with a cluster. */
export type ClusterCode =
  /** No worker could be started: `supervise` rejects. */
  | 'HF_START_FAILED'
  /** A reload was given up; the old workers go on as they are. */
  | 'HF_RELOAD_ABORTED'
  /** One worker did not become or stay what it should: the cause of the two above. */
  | 'HF_WORKER_FAILED'
  /** A worker left before it answered. */
  | 'HF_WORKER_GONE'
  /** A worker did not answer in time. */
  | 'HF_WORKER_SILENT'
  /** The handler of a request in the worker failed, or there is none for its topic. */
  | 'HF_REQUEST_FAILED'
  /** A worker wants the shared store, and its supervisor has none: `store: false`. */
  | 'HF_NO_STORE'
  /** The supervisor has been stopped, or is about to be. */
  | 'HF_STOPPED'
  /** A command could not be sent over the control socket, or was refused there. */
  | 'HF_CONTROL_FAILED';

/** What is known of the worker that an error is about. */
export interface FailedWorker {
  readonly slot: number | undefined;
  readonly pid: number | undefined;
  readonly exitCode?: number | null | undefined;
  readonly signal?: NodeJS.Signals | null | undefined;
}

interface Details {
  readonly cause?: unknown;
  readonly worker?: FailedWorker | undefined;
}

/** An error of a cluster; tell kinds apart by `code`. The message names the cause as well. */
export class ClusterError extends Error {
  readonly code: ClusterCode;
  /** The worker that it is about, where it is about one. */
  readonly worker: FailedWorker | undefined;

  constructor(code: ClusterCode, message: string, { cause, worker }: Details = {}) {
    super(cause instanceof Error ? `${message}: ${cause.message}` : message, { cause });
    this.code = code;
    this.worker = worker;
  }

  override get name(): string {
    return 'ClusterError';
  }
}
