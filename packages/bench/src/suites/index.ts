import type { Suite } from '../harness/suite.ts';

/** Every suite by name, loaded only when it runs. */
export const suites: ReadonlyMap<string, () => Promise<Suite>> = new Map([
  ['breaker', async () => (await import('./breaker/index.ts')).breaker],
  ['pipeline', async () => (await import('./pipeline/index.ts')).pipelineSuite],
  ['undici', async () => (await import('./undici/index.ts')).undiciSuite],
  ['inbound', async () => (await import('./inbound/index.ts')).inboundSuite],
  ['store', async () => (await import('./store/index.ts')).storeSuite],
  ['ipc-store', async () => (await import('./ipc-store/index.ts')).ipcStoreSuite],
]);
