import { isRejection } from '@holdfast/core';

/** What one exchange says about the server. */
export type Outcome = 'success' | 'failure' | 'ignore';

/** Errors of this side's own making: the request was wrong, given up, or its dispatcher closed. */
const LOCAL_CODES: ReadonlySet<unknown> = new Set([
  'UND_ERR_ABORT',
  'UND_ERR_ABORTED',
  'UND_ERR_BPL_MISSING_UPSTREAM',
  'UND_ERR_CLOSED',
  'UND_ERR_DESTROYED',
  'UND_ERR_INVALID_ARG',
  'UND_ERR_INVALID_RETURN_VALUE',
  'UND_ERR_MAX_ORIGINS_REACHED',
  'UND_ERR_NOT_SUPPORTED',
  'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH',
  'UND_ERR_RES_EXCEEDED_MAX_SIZE',
]);

/** Node's codes for a certificate that this side does not trust: configuration, not an outage. */
const CERTIFICATE = /CERT|^UNABLE_TO_|^INVALID_CA$|^HOSTNAME_MISMATCH$/;

/** A deadline blames the server only when it left it this much time, as `blameAfterMs` in core. */
const BLAME_AFTER_MS = 1_000;

const fieldOf = (error: unknown, field: 'code' | 'name' | 'statusCode'): unknown =>
  typeof error === 'object' && error !== null ? Reflect.get(error, field) : undefined;

/** The server is in trouble (5xx), or asks to be left alone (429, 408). */
export const isFailureStatus = (status: number): boolean =>
  status >= 500 || status === 429 || status === 408;

/** A timeout by whatever timer: `AbortSignal.timeout`, Holdfast's, or a deadline that was fair. */
export const isTimeout = (reason: unknown): boolean => {
  if (fieldOf(reason, 'name') === 'TimeoutError') return true;
  if (!isRejection(reason)) return false;
  if (reason.code === 'HF_TIMEOUT') return true;
  return reason.code === 'HF_DEADLINE_EXCEEDED' && (reason.afterMs ?? 0) >= BLAME_AFTER_MS;
};

/** What an error means that is neither an abort by the caller nor a timeout. */
export const outcomeOfError = (error: unknown): Outcome => {
  if (isRejection(error)) return 'ignore';
  const status = fieldOf(error, 'statusCode');
  if (typeof status === 'number') return isFailureStatus(status) ? 'failure' : 'success';
  const code = fieldOf(error, 'code');
  if (LOCAL_CODES.has(code)) return 'ignore';
  return typeof code === 'string' && CERTIFICATE.test(code) ? 'ignore' : 'failure';
};
