import { describe, expect, it } from 'vitest';
import { IDEMPOTENT_METHODS, isFailureStatus, RETRYABLE_STATUSES } from '../../src/http/index.ts';

const EVERY_STATUS = Array.from({ length: 500 }, (_, index) => 100 + index);

it('a failure is a status of the server in trouble, or one that asks for another time', () => {
  const failures = EVERY_STATUS.filter((status) => isFailureStatus(status));
  const serverErrors = EVERY_STATUS.filter((status) => String(status).startsWith('5'));
  expect(failures).toEqual([408, 429, ...serverErrors]);
});

it('a status beyond those of RFC 9110 is a failure, as some proxies make them', () => {
  expect(isFailureStatus(999)).toBe(true);
});

describe('what may be sent twice', () => {
  it('are the idempotent methods of RFC 9110, and QUERY', () => {
    const methods = ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PUT', 'QUERY', 'TRACE'];
    expect(IDEMPOTENT_METHODS.toSorted()).toEqual(methods);
  });

  it('are requests answered with these statuses', () => {
    expect(RETRYABLE_STATUSES).toEqual([408, 425, 429, 500, 502, 503, 504]);
  });

  it('is nothing that somebody else can change for all', () => {
    expect(() => (IDEMPOTENT_METHODS as string[]).push('POST')).toThrow(TypeError);
    expect(() => (RETRYABLE_STATUSES as number[]).push(501)).toThrow(TypeError);
  });
});
