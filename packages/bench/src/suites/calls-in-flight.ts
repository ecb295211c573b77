import { setImmediate as turn } from 'node:timers/promises';
import type {
  Effort,
  FigureContestant,
  FigureGroup,
  Figures,
  Operation,
} from '../harness/suite.ts';
import type { Call, Guard } from './contender.ts';
import { heldBytes, keep } from './heap.ts';

const MILLION = 1_000_000;
const QUICK_SHARE = 0.1;
const NS_PER_MS = 1e6;

/** Keeps what would settle its promises, as a socket does: else they would be collected. */
const unsettled = (): Call => {
  const settlers: unknown[] = [];
  keep(settlers);
  return () => new Promise((resolve) => settlers.push(resolve));
};

/** Bytes of a pending call, and the time to start it. */
const start = async (
  operation: Operation,
  calls: number,
): Promise<{ bytes: number; ns: number }> => {
  const inFlight = Array.from({ length: calls }, (): unknown => undefined);
  keep(inFlight);
  const before = heldBytes();
  const begin = performance.now();
  for (let i = 0; i < calls; i++) inFlight[i] = operation();
  const elapsedMs = performance.now() - begin;
  // As far as each call gets without an answer.
  await turn();
  const bytes = (heldBytes() - before) / inFlight.length;
  return { bytes, ns: (elapsedMs * NS_PER_MS) / calls };
};

const measure = async (
  make: (call: Call) => Operation,
  most: number,
  effort: Effort,
): Promise<Figures> => {
  const calls = effort === 'full' ? most : most * QUICK_SHARE;
  const bare = await start(unsettled(), calls);
  const own = await start(make(unsettled()), calls);
  return { calls, bytes: own.bytes, addedBytes: own.bytes - bare.bytes, ns: own.ns };
};

/** A row of what one of `most` calls in flight weighs. */
export const heldBy = ({ name, side, guard }: Guard, most = MILLION): FigureContestant => ({
  name,
  side,
  measure: (effort) => measure(guard, most, effort),
});

/** The columns of such rows. */
export const HELD_COLUMNS: FigureGroup['columns'] = [
  { key: 'calls', heading: 'calls', decimals: 0 },
  { key: 'bytes', heading: 'B/call', decimals: 0 },
  { key: 'addedBytes', heading: '+B/call', decimals: 0 },
  { key: 'ns', heading: 'ns to start', decimals: 0 },
];

/** The call with nothing round it. */
export const bareGuard: Guard = { name: 'bare', side: 'bare', guard: (call) => call };
