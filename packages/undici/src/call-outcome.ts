import type { CircuitBreakerOptions } from '@holdfast/core';
import { retryAfterMs } from '@holdfast/core/http';
import { warnOfCertificate } from './certificate-warning.ts';
import {
  fieldsOf,
  isCertificateError,
  isOurFault,
  isWorthRetrying,
  statusOfError,
} from './outcome.ts';

// What the end of a whole call says of the server, where all that is known of it is a promise.

/** `fetch` wraps what its dispatcher said. */
const causeOf = (error: unknown): unknown =>
  error instanceof TypeError && error.cause !== undefined ? error.cause : error;

/** `fetch` wraps all that becomes of a request; a bare `TypeError` says that it could not be made. */
const isMistake = (error: unknown): boolean =>
  error instanceof TypeError && error.cause === undefined;

const verdictOfError = (error: unknown): 'failure' | 'ignore' => {
  const said = causeOf(error);
  if (said instanceof Error && isCertificateError(said)) warnOfCertificate(said);
  return isMistake(error) || isOurFault(said) ? 'ignore' : 'failure';
};

/** How a circuit judges a call: by its status, or by that of an error that was made of a response. */
export const classifyBy =
  (failureStatus: (status: number) => boolean): CircuitBreakerOptions['classify'] =>
  (result) => {
    const said = result.ok ? result.value : causeOf(result.error);
    const status = statusOfError(said);
    if (status === undefined) return result.ok ? 'success' : verdictOfError(result.error);
    if (!failureStatus(status)) return 'success';
    const openForMs = retryAfterMs(fieldsOf(said));
    return openForMs === undefined ? 'failure' : { failure: true, openForMs };
  };

/** Whether a call that rejected may end better: where an error was made of a response, by its status. */
export const isWorthRepeating =
  (statuses: ReadonlySet<number>) =>
  (error: unknown): boolean => {
    const status = statusOfError(causeOf(error));
    return status === undefined
      ? isWorthRetrying(error) && !isMistake(error)
      : statuses.has(status);
  };
