import { HoldfastError } from '@holdfast/core';
import { expect, it } from 'vitest';
import { isTimeout, outcomeOfError } from '../src/outcome.ts';

const withCode = (code: string): Error => Object.assign(new Error(code), { code });

it.each([
  ['ECONNRESET', 'failure'],
  ['ENOTFOUND', 'failure'],
  ['UND_ERR_SOCKET', 'failure'],
  ['UND_ERR_HEADERS_TIMEOUT', 'failure'],
  ['UND_ERR_INVALID_ARG', 'ignore'],
  ['UND_ERR_DESTROYED', 'ignore'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'ignore'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'ignore'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'ignore'],
  ['CERT_HAS_EXPIRED', 'ignore'],
] as const)('%s means %s', (code, outcome) => {
  expect(outcomeOfError(withCode(code))).toBe(outcome);
});

it('judges an error that carries a status by the status', () => {
  expect(outcomeOfError(Object.assign(new Error('bad'), { statusCode: 502 }))).toBe('failure');
  expect(outcomeOfError(Object.assign(new Error('bad'), { statusCode: 404 }))).toBe('success');
});

it('says nothing for a refusal by another policy, and blames for anything unknown', () => {
  const refusal = new HoldfastError({ code: 'HF_CIRCUIT_OPEN', policy: 'inner' });
  expect(outcomeOfError(refusal)).toBe('ignore');
  expect(outcomeOfError('thrown string')).toBe('failure');
});

it('takes for a timeout what a timer ended, and a deadline only if it was fair', () => {
  const rejected = (
    code: 'HF_TIMEOUT' | 'HF_DEADLINE_EXCEEDED' | 'HF_HEDGE_LOST',
    afterMs: number,
  ) => new HoldfastError({ code, policy: 'outer', afterMs });
  expect(isTimeout(new DOMException('late', 'TimeoutError'))).toBe(true);
  expect(isTimeout(new DOMException('left', 'AbortError'))).toBe(false);
  expect(isTimeout(rejected('HF_TIMEOUT', 5))).toBe(true);
  expect(isTimeout(rejected('HF_DEADLINE_EXCEEDED', 1_000))).toBe(true);
  expect(isTimeout(rejected('HF_DEADLINE_EXCEEDED', 5))).toBe(false);
  expect(isTimeout(rejected('HF_HEDGE_LOST', 5_000))).toBe(false);
});
