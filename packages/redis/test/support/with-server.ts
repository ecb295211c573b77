import { describe } from 'vitest';
import { findServer, HOW_TO_GET_IT } from '../rig/index.ts';

const missing = findServer() === undefined;
if (missing) console.warn(`NOT TESTED: what needs a real server: ${HOW_TO_GET_IT}`);

/**
 * Tests that need a real server. Without its binary they are skipped, and a warning says so; where CI is set they
 * fail, so that nothing is believed to be tested which is not.
 */
export const describeWithServer: (title: string, tests: () => void) => void =
  missing && process.env['CI'] === undefined ? describe.skip : describe;
