import { isRejection } from '@holdfast/core';
import type { Fields } from './exchange.ts';

/** What was thrown, as undici's handlers take it. */
export const errorOf = (thrown: unknown): Error =>
  thrown instanceof Error ? thrown : new Error(String(thrown));

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

const fieldOf = (
  error: unknown,
  field: 'cause' | 'code' | 'headers' | 'name' | 'statusCode',
): unknown => (typeof error === 'object' && error !== null ? Reflect.get(error, field) : undefined);

/** An abort that may yet be the server's fault: a timeout of the caller's or a policy's. */
export const isTimeout = (reason: unknown): boolean =>
  fieldOf(reason, 'name') === 'TimeoutError' || isRejection(reason);

/** The status that an interceptor further inside turned into an error. */
export const statusOfError = (error: unknown): number | undefined => {
  const status = fieldOf(error, 'statusCode');
  return typeof status === 'number' ? status : undefined;
};

export const isCertificateError = (error: unknown): boolean => {
  const code = fieldOf(error, 'code');
  return typeof code === 'string' && CERTIFICATE.test(code);
};

/** What functions of the caller's threw. */
const thrownByCallers = new WeakSet<object>();

/** The body that a function of the caller's makes; what it throws is no word on the server. */
export const bodyMadeBy = <Body>(make: () => Body): Body => {
  try {
    return make();
  } catch (error) {
    if (typeof error === 'object' && error !== null) thrownByCallers.add(error);
    throw error;
  }
};

/** An error of this side's own making, or a certificate it does not trust: no word on the server. */
export const isOurFault = (error: unknown): boolean =>
  LOCAL_CODES.has(fieldOf(error, 'code')) ||
  isCertificateError(error) ||
  (typeof error === 'object' && error !== null && thrownByCallers.has(error));

/** What became of a request: `fetch` wraps what its dispatcher said. */
export const saidBy = (error: unknown): unknown =>
  error instanceof TypeError && error.cause !== undefined ? error.cause : error;

/** `fetch` wraps all that becomes of a request; a bare `TypeError` says that it could not be made. */
export const isMistake = (error: unknown): boolean =>
  error instanceof TypeError && error.cause === undefined;

/**
 * Whether a further attempt may end better: the server's side failed, and not for lack of time. An error
 * that was made of a response is judged by its status.
 */
export const isWorthRetrying =
  (statuses: ReadonlySet<number>) =>
  (error: unknown): boolean => {
    const said = saidBy(error);
    const status = statusOfError(said);
    if (status !== undefined) return statuses.has(status);
    const gaveUp = fieldOf(said, 'name') === 'AbortError' || isOverdue(said);
    return !gaveUp && !isMistake(error) && !isOurFault(said);
  };

const isOverdue = (error: unknown): boolean => fieldOf(error, 'code') === 'HF_DEADLINE_EXCEEDED';

/** The fields of a response, or of an error that an interceptor made of one; none where it has none. */
export const fieldsOf = (errorOrResponse: unknown): Fields => {
  const fields = fieldOf(errorOrResponse, 'headers');
  return isFields(fields) ? fields : {};
};

const isFields = (fields: unknown): fields is Fields =>
  typeof fields === 'object' && fields !== null && !Array.isArray(fields);
