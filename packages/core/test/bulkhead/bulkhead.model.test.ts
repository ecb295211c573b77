import fc from 'fast-check';
import { test } from 'vitest';
import { runModel, sequences } from './model/run-model.ts';
import { settings } from './model/settings.ts';

/** Sequences of up to 100 commands. */
const SEQUENCES = Number(process.env['HOLDFAST_RUNS'] ?? 500);

test(
  'a bulkhead does what a model without promises, timers and queues does',
  { timeout: 60_000 + SEQUENCES * 50 },
  async () => {
    await fc.assert(fc.asyncProperty(settings, sequences, runModel), { numRuns: SEQUENCES });
  },
);
