import { ClusterError } from '../errors.ts';
import type { Failure, RequestId } from './protocol.ts';

/** The answer to what is not done. */
export const refusal = (
  id: RequestId,
  message: string,
  code: string = 'HF_CONTROL_FAILED',
): Failure => ({ id, ok: false, code, message });

const codeOf = (error: unknown): string => {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'string' ? code : 'HF_CONTROL_FAILED';
};

/** The answer to a command that failed. */
export const failureOf = (id: RequestId, error: unknown): Failure => {
  const message = error instanceof Error ? error.message : String(error);
  const worker = error instanceof ClusterError ? error.worker : undefined;
  return { ...refusal(id, message, codeOf(error)), worker };
};

type Codes = Readonly<Record<ClusterError['code'], true>>;

const CODES: Codes = {
  HF_START_FAILED: true,
  HF_RELOAD_ABORTED: true,
  HF_WORKER_FAILED: true,
  HF_WORKER_GONE: true,
  HF_WORKER_SILENT: true,
  HF_REQUEST_FAILED: true,
  HF_NO_STORE: true,
  HF_STOPPED: true,
  HF_CONTROL_FAILED: true,
};

const isClusterCode = (code: string): code is ClusterError['code'] => Object.hasOwn(CODES, code);

/** The error of a failure on the client's side: the supervisor's own, or what it refused as the cause. */
export const errorOf = ({ code, message, worker }: Failure): ClusterError =>
  isClusterCode(code)
    ? new ClusterError(code, message, { worker })
    : new ClusterError('HF_CONTROL_FAILED', 'the supervisor refused', {
        cause: Object.assign(new Error(message), { code }),
      });
