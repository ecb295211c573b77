// What a worker loads before its program, and beside it, as one file each; see `bundle-boot.ts`.

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
    builtins: [
      'node:cluster',
      'node:diagnostics_channel',
      'node:events',
      'node:net',
      'node:os',
      'node:util',
    ],
    later: ['../metrics/worker-metrics.js', '../watchdog/start-watchdog.js'],
  },
  { path: 'watchdog/start-watchdog', later: [] },
  { path: 'watchdog/thread/thread', later: [] },
];

const MOST_BYTES = 120_000;

const IMPORT = /^(?:import|export)\b[^;]*?["']([^"';]+)["'];$/gm;
const BUILTIN = /\bprocess\.getBuiltinModule\(["'`]([^"'`]+)["'`]/g;
const LATER = /\bimport\(\s*["'`]([^"'`]+)["'`]/g;

const namesIn = (code: string, pattern: RegExp): readonly string[] =>
  Array.from(code.matchAll(pattern), ([, name = '']) => name);

/** Throws where it is no bundle, or one that takes longer to load than it should. */
export const assertLight = (code: string, { path, builtins, later }: Bundle): void => {
  const extra = [
    ...namesIn(code, IMPORT),
    ...namesIn(code, BUILTIN).filter((name) => builtins?.includes(name) === false),
    ...namesIn(code, LATER).filter((name) => !later.includes(name)),
  ];
  if (extra.length > 0) throw new Error(`${path}.js loads ${extra.join(', ')}: more than it may`);
  if (code.length > MOST_BYTES)
    throw new Error(`${path}.js has ${code.length} bytes, more than ${MOST_BYTES}`);
};
