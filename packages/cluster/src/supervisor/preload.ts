import { extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const BOOT = join(import.meta.dirname, `../worker/boot${extname(import.meta.filename)}`);

/** With these Node loads every program by its loader of ES modules, or cannot require what is one. */
const BY_IMPORT =
  /(?:^|\s)--(?:import|loader|experimental-loader|no-require-module|no-experimental-require-module)(?=[\s=]|$)/;

/**
 * Options by which Node loads the boot of a worker, after those of the user. Imported, it comes after what the user has
 * imported, which is none of the program's: a server for metrics does not make a worker ready. Where the user imports
 * nothing it is required: after any import a program of CommonJS would start later, and without its hooks of `require`.
 */
export const preloadOf = (nodeOptions: readonly string[]): readonly string[] =>
  nodeOptions.some((each) => BY_IMPORT.test(each))
    ? ['--import', pathToFileURL(BOOT).href]
    : ['--require', BOOT];
