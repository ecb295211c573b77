import { describe, expect, test } from 'vitest';
import {
  circuitBreaker,
  deadline,
  fallback,
  pipeline,
  retry,
  timeout,
  type Executable,
} from '../../src/index.ts';
import { userPolicy } from '../support/calls.ts';
import { hearWarnings } from '../support/warnings.ts';

let names = 0;
/** A name of its own for each test: a warning is given once a process. */
const fresh = (): string => `order ${++names}`;

const breaker = (name = fresh()): Executable => circuitBreaker({ name });
const attemptTimeout = (name = fresh()): Executable => timeout({ name, timeoutMs: 100 });
const whole = (): Executable => deadline({ deadlineMs: 1_000 });
const again = (): Executable => retry({ attempts: 3 });

describe('a pipeline warns', () => {
  test('of a breaker outside a retry, and says what to do', () => {
    const warnings = hearWarnings();
    const name = fresh();
    pipeline(breaker(name), again());
    expect(warnings).toEqual([
      {
        code: 'HF_POLICY_ORDER',
        type: 'HoldfastWarning',
        message:
          `circuit-breaker "${name}" stands outside a retry: it sees one outcome for several calls,` +
          ' and the retry goes on calling what it would have stopped. Put it inside the retry',
      },
    ]);
  });

  test('of a timeout outside a retry where no deadline bounds the whole', () => {
    const warnings = hearWarnings();
    const name = fresh();
    pipeline(attemptTimeout(name), again());
    expect(warnings).toMatchObject([{ code: 'HF_POLICY_ORDER' }]);
    expect(warnings[0]?.message).toContain(`timeout "${name}" stands outside a retry`);
  });

  test('once for the same policies, and again for others', () => {
    const warnings = hearWarnings();
    const name = fresh();
    pipeline(breaker(name), again());
    pipeline(breaker(name), again());
    expect(warnings).toHaveLength(1);
    pipeline(breaker(), again());
    expect(warnings).toHaveLength(2);
  });

  test('of what stands in a pipeline inside too', () => {
    const warnings = hearWarnings();
    pipeline(breaker(), pipeline(whole(), again()));
    expect(warnings).toHaveLength(1);
  });

  test('of what a user’s own policy stands between', () => {
    const warnings = hearWarnings();
    pipeline(breaker(), userPolicy(), again());
    expect(warnings).toHaveLength(1);
  });

  test('of each fault where there are several', () => {
    const warnings = hearWarnings();
    pipeline(breaker(), attemptTimeout(), again());
    expect(warnings).toHaveLength(2);
  });
});

describe('a pipeline says nothing', () => {
  const stacks: Readonly<Record<string, () => readonly Executable<unknown>[]>> = {
    'retry → breaker → timeout': () => [again(), breaker(), attemptTimeout()],
    'deadline → retry → breaker': () => [whole(), again(), breaker()],
    'deadline → timeout → retry': () => [whole(), attemptTimeout(), again()],
    'timeout → deadline → retry': () => [attemptTimeout(), whole(), again()],
    'breaker → timeout': () => [breaker(), attemptTimeout()],
    'breaker → fallback': () => [breaker(), fallback({ value: 0 })],
    'timeout alone': () => [attemptTimeout()],
  };

  test.each(Object.entries(stacks))('of %s', (_title, policies) => {
    const warnings = hearWarnings();
    pipeline(...policies());
    expect(warnings).toEqual([]);
  });
});
