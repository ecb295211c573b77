// Prints what each module given on the command line exports, for `require` and for `import`.
// `tarballs.ts` runs it on the sources and, copied into a project of their own, on the tarballs.
import { createRequire } from 'node:module';

/** For each module, by `require` and by `import`, its exports as `name: type`. */
export type ProbeReport = Readonly<
  Record<string, Readonly<Record<'require' | 'import', string[]>>>
>;

const require = createRequire(import.meta.url);

const exportsOf = (module: unknown): string[] =>
  Object.entries(Object(module))
    .map(([name, value]) => `${name}: ${typeof value}`)
    .toSorted();

const report: Record<string, ProbeReport[string]> = {};
for (const path of process.argv.slice(2)) {
  report[path] = { require: exportsOf(require(path)), import: exportsOf(await import(path)) };
}
console.log(JSON.stringify(report));
