import { HoldfastError } from '@holdfast/core';
import { expect, it } from 'vitest';
import { isOurFault, isTimeout, statusOfError } from '../src/outcome.ts';

const withCode = (code: string): Error => Object.assign(new Error(code), { code });

it.each([
  ['ECONNRESET', false],
  ['ENOTFOUND', false],
  ['UND_ERR_SOCKET', false],
  ['UND_ERR_HEADERS_TIMEOUT', false],
  ['UND_ERR_INVALID_ARG', true],
  ['UND_ERR_DESTROYED', true],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', true],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', true],
  ['ERR_TLS_CERT_ALTNAME_INVALID', true],
  ['CERT_HAS_EXPIRED', true],
] as const)('%s as our own fault: %s', (code, ours) => {
  expect(isOurFault(withCode(code))).toBe(ours);
});

it('takes a thrown string for no fault of ours', () => {
  expect(isOurFault('thrown string')).toBe(false);
});

it('finds the status that an interceptor turned into an error', () => {
  expect(statusOfError(Object.assign(new Error('bad'), { statusCode: 502 }))).toBe(502);
  expect(statusOfError(new Error('no status'))).toBeUndefined();
});

it('leaves an abort to the circuit when a timer or a policy caused it', () => {
  const rejection = new HoldfastError({ code: 'HF_TIMEOUT', policy: 'outer', afterMs: 5 });
  expect(isTimeout(new DOMException('late', 'TimeoutError'))).toBe(true);
  expect(isTimeout(rejection)).toBe(true);
  expect(isTimeout(new DOMException('left', 'AbortError'))).toBe(false);
});
