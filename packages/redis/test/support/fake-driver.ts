import type { RedisDriver, ScriptCall } from '../../src/index.ts';

/** What a script answers: doubles. */
export const reply = (...numbers: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(8 * numbers.length);
  numbers.forEach((number, place) => bytes.writeDoubleLE(number, 8 * place));
  return bytes;
};

type Turn = (call: ScriptCall) => unknown;

/** A client without a server: answers as it is told, one turn for each command, and keeps what it was given. */
export class FakeDriver implements RedisDriver {
  closed = false;
  resends = 0;
  readonly commands: { readonly name: 'EVALSHA' | 'EVAL'; readonly arguments: unknown[] }[] = [];
  readonly #turns: Turn[];

  constructor(...turns: readonly Turn[]) {
    this.#turns = [...turns];
  }

  evalSha(_sha: string, call: ScriptCall): Promise<unknown> {
    return this.#answer('EVALSHA', call);
  }

  eval(_text: string, call: ScriptCall): Promise<unknown> {
    return this.#answer('EVAL', call);
  }

  listen(): never {
    throw new Error('nobody listens here');
  }

  infos(): Promise<readonly string[]> {
    return Promise.resolve([]);
  }

  #answer(name: 'EVALSHA' | 'EVAL', call: ScriptCall): Promise<unknown> {
    this.commands.push({ name, arguments: [...call.arguments] });
    const turn = this.#turns.shift();
    if (turn === undefined) throw new Error(`nothing was to be sent any more: ${name}`);
    return new Promise((resolve) => {
      resolve(turn(call));
    });
  }
}
