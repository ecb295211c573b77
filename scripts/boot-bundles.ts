// What a worker loads before its program, and beside it, as one file each; see `bundle-boot.ts`.
import { isBuiltin } from 'node:module';

/** One file that needs no other. */
export interface Bundle {
  /** Its place in `src` and in `dist` of the cluster's package, without the ending. */
  readonly path: string;
  /** The modules of Node that it may load; undefined for all of them. */
  readonly builtins?: readonly string[];
  /** What it loads when there is time. */
  readonly later: readonly string[];
}

export const BUNDLES: readonly Bundle[] = [
  {
    path: 'worker/boot',
    // No node:http and no node:tls: a program of CommonJS that loads them itself does so in a fifth of the time.
    builtins: ['cluster', 'diagnostics_channel', 'events', 'net', 'os', 'util'],
    later: ['../metrics/worker-metrics.js', '../watchdog/start-watchdog.js'],
  },
  { path: 'watchdog/start-watchdog', later: [] },
  { path: 'watchdog/thread/thread', later: [] },
];

const MOST_BYTES = 120_000;

const STATIC = /^(?:import|export)\b[^;]*?["']([^"';]+)["'];$/gm;
const DYNAMIC = /\bimport\(\s*["'`]([^"'`]+)["'`]/g;

const namesIn = (code: string, pattern: RegExp): readonly string[] =>
  Array.from(code.matchAll(pattern), ([, name = '']) => name);

const isAllowed = (name: string, { builtins }: Bundle): boolean =>
  isBuiltin(name) && (builtins?.some((each) => name === `node:${each}`) ?? true);

/** Throws where it is no bundle, or one that takes longer to load than it should. */
export const assertLight = (code: string, bundle: Bundle): void => {
  const { path, later } = bundle;
  const atOnce = namesIn(code, STATIC).filter((name) => !isAllowed(name, bundle));
  const whenThereIsTime = namesIn(code, DYNAMIC).filter(
    (name) => !isBuiltin(name) && !later.includes(name),
  );
  const extra = [...atOnce, ...whenThereIsTime];
  if (extra.length > 0) throw new Error(`${path}.js loads ${extra.join(', ')}: more than it may`);
  if (code.length > MOST_BYTES)
    throw new Error(`${path}.js has ${code.length} bytes, more than ${MOST_BYTES}`);
};
