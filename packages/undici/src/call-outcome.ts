import type { CircuitBreakerOptions } from '@holdfast/core';
import { retryAfterMs } from '@holdfast/core/http';
import { warnOfCertificate } from './certificate-warning.ts';
import {
  fieldsOf,
  isCertificateError,
  isMistake,
  isOurFault,
  saidBy,
  statusOfError,
} from './outcome.ts';

// What the end of a whole call says of the server, where all that is known of it is a promise.

const verdictOfError = (error: unknown): 'failure' | 'ignore' => {
  const said = saidBy(error);
  if (said instanceof Error && isCertificateError(said)) warnOfCertificate(said);
  return isMistake(error) || isOurFault(said) ? 'ignore' : 'failure';
};

/** How a circuit judges a call: by its status, or by that of an error that was made of a response. */
export const classifyBy =
  (failureStatus: (status: number) => boolean): CircuitBreakerOptions['classify'] =>
  (result) => {
    const said = result.ok ? result.value : saidBy(result.error);
    const status = statusOfError(said);
    if (status === undefined) return result.ok ? 'success' : verdictOfError(result.error);
    if (!failureStatus(status)) return 'success';
    const openForMs = retryAfterMs(fieldsOf(said));
    return openForMs === undefined ? 'failure' : { failure: true, openForMs };
  };
