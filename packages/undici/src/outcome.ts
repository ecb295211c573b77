import { isRejection } from '@holdfast/core';
import { wrongType } from '@holdfast/core/adapter';
import type { Fields } from './exchange.ts';

/** What was thrown, as undici's handlers take it. */
export const errorOf = (thrown: unknown): Error =>
  thrown instanceof Error ? thrown : new Error(String(thrown));

/** Errors of this side's own making: the request was wrong, given up, or its dispatcher closed. */
const LOCAL_CODES: ReadonlySet<unknown> = new Set([
  'ERR_INVALID_ARG_TYPE',
  'ERR_INVALID_ARG_VALUE',
  'ERR_INVALID_URL',
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
  'UND_MOCK_ERR_MOCK_NOT_MATCHED',
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

const ofThisSide = new WeakSet<object>();

/** Marks an error that this side made: no word on the server. */
export const madeHere = <E extends object>(error: E): E => {
  ofThisSide.add(error);
  return error;
};

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** The body that a function of the caller's makes for one attempt. */
export const bodyMadeBy = <Body>(make: () => Body): Body => {
  try {
    const body = make();
    if (body instanceof Promise) throw wrongType('body()', body, 'a body, not a promise of one');
    return body;
  } catch (error) {
    if (isObject(error)) madeHere(error);
    throw error;
  }
};

/** An error of this side's own making, or a certificate it does not trust: no word on the server. */
export const isOurFault = (error: unknown): boolean =>
  LOCAL_CODES.has(fieldOf(error, 'code')) ||
  isCertificateError(error) ||
  (isObject(error) && ofThisSide.has(error));

/** What became of a request: `fetch` wraps what its dispatcher said. */
export const saidBy = (error: unknown): unknown =>
  error instanceof TypeError && error.cause !== undefined ? error.cause : error;

/** What undici's `fetch` itself says of a request, or of an answer that its caller ruled out. */
const VERDICTS_OF_FETCH: ReadonlySet<unknown> = new Set([
  "Range start is greater than the blob's size.",
  'URL scheme must be a HTTP(S) scheme',
  'about scheme is not supported',
  'bad port',
  'blocked',
  'cors failure',
  'cross origin not allowed for request mode "cors"',
  'failed to fetch the data URL',
  'integrity mismatch',
  'invalid method',
  'local URLs only',
  'not implemented... yet...',
  'only if cached',
  'redirect count exceeded',
  'request mode cannot be "same-origin"',
  'unexpected redirect',
  'unknown scheme',
]);

/**
 * A call that `fetch` could not or would not make: a bare `TypeError`, or one whose cause is its own
 * verdict, which has no code.
 */
export const isMistake = (error: unknown): boolean => {
  if (!(error instanceof TypeError)) return false;
  const said = error.cause;
  if (said === undefined) return true;
  return said instanceof Error && !('code' in said) && VERDICTS_OF_FETCH.has(said.message);
};

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
