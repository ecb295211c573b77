import { hash } from 'node:crypto';
import { DEADLINE } from './prelude.ts';

/** A script as servers know it. */
export interface Script {
  readonly text: string;
  /** SHA-1 of the text, by which a server that has seen it finds it. */
  readonly sha: string;
}

/** What a script is made of, whatever clock it runs by. */
export interface ScriptSource {
  /** The lines that decide. */
  readonly body: string;
  /** A script that is right late, too, is not stopped by its deadline. Default true. */
  readonly deadline?: boolean;
  /**
   * Whether it runs though the server has no memory left, for scripts that free some or need none.
   * Default false.
   */
  readonly whenFull?: boolean;
}

const FULL = '#!lua flags=allow-oom';

/** Puts a script together; `clock` are the lines that find out what time it is. */
export const scriptOf = (source: ScriptSource, clock: string): Script => {
  const { body, deadline = true, whenFull = false } = source;
  const text = (whenFull ? FULL : '') + clock + (deadline ? DEADLINE : '') + body;
  return { text, sha: hash('sha1', text) };
};
