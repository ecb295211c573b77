import fc from 'fast-check';
import { afterAll, beforeAll, describe, test, vi } from 'vitest';
import { settings } from './model/arbitraries.ts';
import { callSteps, mixedSteps, permitSteps } from './model/commands.ts';
import {
  asyncSequences,
  runSynchronously,
  runWithPromises,
  syncSequences,
} from './model/run-model.ts';

/** Sequences of up to 200 commands in all; each kind gets its share. */
const SEQUENCES = Number(process.env['HOLDFAST_RUNS'] ?? 3000);
const TIMEOUT = 60_000 + SEQUENCES * 20;
const third = { numRuns: Math.ceil(SEQUENCES / 3) };

// The first revoked probe of every breaker warns; a thousand warnings would bury everything else.
beforeAll(() => void vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined));
afterAll(() => void vi.restoreAllMocks());

describe('the breaker does what its model does', { timeout: TIMEOUT }, () => {
  test('with permits', async () => {
    const sequences = syncSequences(permitSteps);
    await fc.assert(fc.asyncProperty(settings(false), sequences, runSynchronously), third);
  });

  test('with calls that it runs itself', async () => {
    const sequences = asyncSequences(callSteps);
    await fc.assert(fc.asyncProperty(settings(true), sequences, runWithPromises), third);
  });

  test('with both, and with calls that wait', async () => {
    const sequences = asyncSequences(mixedSteps);
    await fc.assert(fc.asyncProperty(settings(true), sequences, runWithPromises), third);
  });
});
