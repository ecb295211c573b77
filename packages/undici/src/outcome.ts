import { isRejection } from '@holdfast/core';

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

const fieldOf = (error: unknown, field: 'code' | 'name' | 'statusCode'): unknown =>
  typeof error === 'object' && error !== null ? Reflect.get(error, field) : undefined;

/** The server is in trouble (5xx), or asks to be left alone (429, 408). */
export const isFailureStatus = (status: number): boolean =>
  status >= 500 || status === 429 || status === 408;

/** An abort that may yet be the server's fault: a timeout of the caller's or a policy's. */
export const isTimeout = (reason: unknown): boolean =>
  fieldOf(reason, 'name') === 'TimeoutError' || isRejection(reason);

/** The status that an interceptor further inside turned into an error. */
export const statusOfError = (error: unknown): number | undefined => {
  const status = fieldOf(error, 'statusCode');
  return typeof status === 'number' ? status : undefined;
};

/** An error of this side's own making, or a certificate it does not trust: no word on the server. */
export const isOurFault = (error: unknown): boolean => {
  const code = fieldOf(error, 'code');
  return LOCAL_CODES.has(code) || (typeof code === 'string' && CERTIFICATE.test(code));
};
