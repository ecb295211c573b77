import { createRequire } from 'node:module';
import { APIS } from './callers.ts';
import { differences, type Cell, type Observation, type Versions } from './cell.ts';
import { Client } from './client.ts';
import type { FaultServer } from './fault-server.ts';

/** A cell, what it saw, and what of that is not as documented. */
export interface Outcome {
  readonly fault: string;
  readonly api: string;
  readonly seen: Observation;
  readonly wrong: readonly string[];
  readonly tookMs: number;
}

/** Of this process: of the undici that stands in for `undici`, too. */
export const versions = (): Versions & { readonly undiciVersion: string } => {
  const manifest: { version: string } = createRequire(import.meta.url)('undici/package.json');
  const undiciVersion = manifest.version;
  return {
    node: process.versions.node,
    undici: Number.parseInt(undiciVersion, 10),
    undiciVersion,
  };
};

const PATIENT = { timeout: { timeoutMs: 2_000 } };

/** The first call of each kind compiles code, which takes longer than a timeout here. */
export const warmUp = async (server: FaultServer): Promise<void> => {
  for (const api of APIS) {
    const client = new Client(server, { fault: '200', api, label: 'warm-up', policies: PATIENT });
    await client.finish(await client.call());
  }
};

const runCell = async (cell: Cell, server: FaultServer): Promise<Outcome> => {
  const began = performance.now();
  const seen = await cell.run(server);
  const { fault, api, expected } = cell;
  const tookMs = performance.now() - began;
  return { fault, api, seen, wrong: differences(seen, expected), tookMs };
};

/** Runs cells, some at a time; outcomes come in the order of the cells. */
export const runCells = async (
  cells: readonly Cell[],
  server: FaultServer,
  atOnce: number,
): Promise<readonly Outcome[]> => {
  const outcomes: Outcome[] = [];
  const left = cells.entries();
  const worker = async (): Promise<void> => {
    for (const [index, cell] of left) outcomes[index] = await runCell(cell, server);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return outcomes;
};
