import { ClusterError } from '../errors.ts';
import type { Exit } from './worker-process.ts';

export interface WorkerFailure {
  /** Undefined for a standby. */
  readonly slot: number | undefined;
  /** 0 where it could not be started. */
  readonly pid: number;
  /** What happened to it. */
  readonly how: string;
  /** What it gave as the reason; empty where nothing is known. */
  readonly said: string;
  readonly exit: Exit | undefined;
}

export const tellExit = ({ exitCode, signal }: Exit): string => {
  if (signal !== null) return `was ended by ${signal}`;
  return exitCode === null ? 'could not be started' : `exited with code ${exitCode}`;
};

/** Why a worker cannot be counted on any more. */
export const workerFailure = ({ slot, pid, how, said, exit }: WorkerFailure): ClusterError => {
  const who = slot === undefined ? 'a standby' : `the worker of slot ${slot}`;
  const subject = pid === 0 ? who : `${who}, pid ${pid},`;
  const reason = said === '' || how.includes(said) ? '' : ` (${said})`;
  const worker = { slot, pid: pid === 0 ? undefined : pid, ...exit };
  return new ClusterError('HF_WORKER_FAILED', `${subject} ${how}${reason}`, { worker });
};
