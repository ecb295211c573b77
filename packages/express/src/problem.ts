import { isRefusal, type HoldfastCode, type HoldfastError } from '@holdfast/core';
import type { Response } from 'express';

/** Body of an answer in a handler's stead (RFC 9457, `application/problem+json`). */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: HoldfastCode;
}

// Clients learn that they may come back; names, messages and causes stay inside.
const problemOf = (error: HoldfastError): Problem => {
  const refused = isRefusal(error);
  return {
    type: refused
      ? 'https://iana.org/assignments/http-problem-types#temporary-reduced-capacity'
      : 'about:blank',
    title: refused ? 'Temporary Reduced Capacity' : 'Service Unavailable',
    status: 503,
    detail: refused
      ? 'The request was turned away before any work was done.'
      : 'The request took too long.',
    code: error.code,
  };
};

const retryAfterSeconds = ({ retryAfterMs = 0 }: HoldfastError): number =>
  Math.max(1, Math.ceil(retryAfterMs / 1_000));

/** What a handler may have set for the answer it will not send. */
const BODY_FIELDS = [
  'Accept-Ranges',
  'Content-Disposition',
  'Content-Encoding',
  'Content-Language',
  'Content-Range',
  'ETag',
  'Last-Modified',
  'Location',
  'Trailer',
  'Transfer-Encoding',
] as const;

const refused = new WeakSet<Response>();

/** Whether a policy turned the request away, so that the answer says nothing about the handler. */
export const isRefused = (response: Response): boolean => refused.has(response);

/**
 * Answers with 503, `Retry-After` and the problem. At once: `next(error)` would wait until an upload
 * has arrived in full.
 */
export const answerRejection = (response: Response, error: HoldfastError): void => {
  const problem = problemOf(error);
  if (isRefusal(error)) refused.add(response);
  for (const field of BODY_FIELDS) response.removeHeader(field);
  const body = JSON.stringify(problem);
  response.writeHead(problem.status, {
    'Cache-Control': 'no-store',
    'Content-Length': Buffer.byteLength(body),
    'Content-Type': 'application/problem+json',
    'Retry-After': retryAfterSeconds(error),
  });
  response.end(body);
};
