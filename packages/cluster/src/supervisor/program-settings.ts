import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { assertRecord, given, nameOf, outOfRange, wrongType } from '@holdfast/core/adapter';
import type { SuperviseOptions } from './supervise-options.ts';

/** What each worker runs, and how Node is started for it. */
export interface ProgramSettings {
  readonly exec: string;
  readonly args: readonly string[];
  readonly execArgv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

const textOf = (option: string, text: unknown): string => {
  if (typeof text !== 'string') throw wrongType(option, text, 'a string');
  // No process can be started with it.
  if (text.includes('\0')) throw outOfRange(option, text, 'a string without NUL');
  return text;
};

const execOf = (exec: unknown): string => {
  const allowed = 'a path or a file: URL';
  if (!(exec instanceof URL) && !String(exec).startsWith('file:'))
    return resolve(textOf('exec', nameOf('exec', exec)));
  const url = new URL(String(exec));
  if (url.protocol !== 'file:') throw outOfRange('exec', url.href, allowed);
  return fileURLToPath(url);
};

const textsOf = (option: string, texts: readonly string[]): readonly string[] => {
  if (!Array.isArray(texts)) throw wrongType(option, texts, 'an array of strings');
  return texts.map((text: unknown) => textOf(option, text));
};

/** The program that this process was given on its command line is none for workers. */
const withoutProgram = (execArgv: readonly string[]): readonly string[] => {
  const at = execArgv.findIndex((each) => /^(?:-e|-p|-pe|--eval|--print)$/.test(each));
  return at === -1 ? execArgv : [...execArgv.slice(0, at), ...execArgv.slice(at + 2)];
};

const envOf = (env: NonNullable<SuperviseOptions['env']>): ProgramSettings['env'] => {
  assertRecord('env', env);
  if (Symbol.iterator in env) throw wrongType('env', env, 'an object of strings');
  for (const [variable, value] of Object.entries(env))
    if (value !== undefined) textOf(`env.${variable}`, value);
  return env;
};

/** Checks what workers run, and fills in the defaults. */
export const programOf = (options: SuperviseOptions): ProgramSettings => ({
  exec: execOf(options.exec),
  args: textsOf('args', given(options.args, [])),
  execArgv: textsOf('execArgv', given(options.execArgv, withoutProgram(process.execArgv))),
  env: envOf(given(options.env, {})),
});
