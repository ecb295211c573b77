// Makes one file each of what a worker loads before its program and beside it, in the place of what the compiler has
// written there: to load some fifty small modules takes a third of the time that a plain worker needs to start. It reads
// the sources, so that it can run any number of times, and also after a build in which the compiler wrote nothing.
import { writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, relative, resolve } from 'node:path';
import { rolldown, type OutputChunk, type Plugin } from 'rolldown';
import { assertLight, BUNDLES, type Bundle } from './boot-bundles.ts';

const PACKAGE = resolve(import.meta.dirname, '../packages/cluster');

/** What is imported later from another folder stays a file of its own. */
const leaveOut = (entry: string): Plugin => ({
  name: 'leave-out',
  resolveId: (id, importer, { kind }) => {
    if (kind !== 'dynamic-import' || !id.startsWith('../') || importer === undefined) return null;
    const target = relative(dirname(entry), resolve(dirname(importer), id));
    return { id: target.replace(/\.ts$/, '.js'), external: true };
  },
});

const IMPORT = /^import (?:(\w+)|\{ (.+) \}) from "(node:\w+)";$/gm;

/**
 * Takes modules of Node as `require` does: as modules of their own they cost the start two milliseconds, for a copy of
 * all that they export. Line by line, so that the source map stays right.
 */
const withoutImports = (code: string): string =>
  code.replaceAll(
    IMPORT,
    (_line, whole: string | undefined, names: string | undefined, name: string) => {
      const target = whole ?? `{ ${names?.replaceAll(' as ', ': ')} }`;
      return `const ${target} = process.getBuiltinModule("${name}");`;
    },
  );

const generate = async (input: string, file: string): Promise<OutputChunk> => {
  const build = await rolldown({
    input,
    platform: 'node',
    external: (id) => isBuiltin(id),
    plugins: [leaveOut(input)],
    tsconfig: false,
    transform: { target: 'es2024' },
  });
  const { output } = await build.generate({
    file,
    format: 'esm',
    codeSplitting: false,
    sourcemap: true,
    sourcemapExcludeSources: true,
  });
  await build.close();
  return output[0];
};

const bundle = async (each: Bundle): Promise<void> => {
  const file = resolve(PACKAGE, 'dist', `${each.path}.js`);
  const chunk = await generate(resolve(PACKAGE, 'src', `${each.path}.ts`), file);
  const code = withoutImports(chunk.code);
  assertLight(code, each);
  writeFileSync(`${file}.map`, JSON.stringify(chunk.map));
  writeFileSync(file, code);
};

await Promise.all(BUNDLES.map(bundle));
