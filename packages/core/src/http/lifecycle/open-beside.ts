import { processWide } from '../../runtime/process-wide.ts';

/** What this process has open that is no server of a drain, and uses what drains tear down. None of them rejects. */
export const openBeside: Set<Promise<unknown>> = processWide(
  'open-beside',
  () => new Set<Promise<unknown>>(),
);
