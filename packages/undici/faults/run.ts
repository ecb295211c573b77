// Runs the cells on this Node and this undici, and tells its parent what they saw.
import { cells } from './cells.ts';
import { FaultServer } from './fault-server.ts';
import { runCells, versions, warmUp, type Outcome } from './run-cells.ts';
import { within } from './within.ts';

/** What a run tells its parent. */
export interface RunReport {
  readonly undici: string;
  readonly outcomes: readonly Outcome[];
  /** What went wrong besides: nothing is to be unhandled, and nothing left. */
  readonly troubles: readonly string[];
  readonly tookMs: number;
}

/** Few enough for the timeouts of a cell to be its own. */
const AT_ONCE = 8;

const troubles: string[] = [];
let certificateWarnings = 0;

const hearOfTrouble = (): void => {
  process.on('unhandledRejection', (error) => troubles.push(`unhandled: ${String(error)}`));
  process.on('uncaughtException', (error) => troubles.push(`uncaught: ${String(error)}`));
  process.on('warning', (warning) => {
    const code: unknown = Reflect.get(warning, 'code');
    if (code === 'HF_CERTIFICATE') certificateWarnings++;
    else if (warning.name !== 'ExperimentalWarning') troubles.push(`warning: ${warning.message}`);
  });
};

const checkReports = (outcomes: readonly Outcome[]): void => {
  const wanted = outcomes.some(({ fault }) => fault === 'tls-untrusted') ? 1 : 0;
  if (certificateWarnings !== wanted)
    troubles.push(`${certificateWarnings} warnings of the certificate, not ${wanted}`);
};

const checkServer = async (server: FaultServer): Promise<void> => {
  if (!(await within(2_000, async () => (await server.sockets()) === 0)))
    troubles.push(`the server has ${await server.sockets()} sockets left`);
};

const run = async (only: string): Promise<RunReport> => {
  const began = performance.now();
  const server = await FaultServer.start();
  const here = versions();
  await warmUp(server);
  const chosen = cells(here).filter(({ fault }) => fault.includes(only));
  const outcomes = await runCells(chosen, server, AT_ONCE);
  await checkServer(server);
  await server.stop();
  checkReports(outcomes);
  return { undici: here.undiciVersion, outcomes, troubles, tookMs: performance.now() - began };
};

// Also when the parent died.
process.on('disconnect', () => process.exit());
hearOfTrouble();
const report = await run(process.argv[2] ?? '');
process.send?.(report, undefined, undefined, () => process.disconnect?.());
