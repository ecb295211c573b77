import type { ServerResponse } from 'node:http';
import { isOver, streamOf } from './ending.ts';

/** What would change the answer, or send something before it. */
const SILENCED = [
  'addTrailers',
  'appendHeader',
  'end',
  'flushHeaders',
  'removeHeader',
  'setHeader',
  'setHeaders',
  'write',
  'writeHead',
] as const satisfies readonly (keyof ServerResponse)[];

type Callback = () => void;

/**
 * A response that its handler has ended and that has to wait. To everybody else it is ended: it takes no more
 * writes, and guards of time leave it alone. As with an answer that a guard gave, what is written all the same
 * does nothing and `headersSent` reads false, so that the final handler of a framework
 * does not destroy the connection.
 */
export class Hold {
  readonly #response: ServerResponse;
  readonly #before = new Map<string, PropertyDescriptor | undefined>();
  readonly #callbacks: Callback[] = [];

  constructor(response: ServerResponse) {
    this.#response = response;
    const { statusCode, headersSent } = response;
    for (const method of SILENCED) this.#silence(method);
    this.#shadow('headersSent', { get: () => headersSent && isOver(response) });
    this.#shadow('writableEnded', { get: () => true });
    this.#keep('statusCode', statusCode);
    // HTTP/2 has none, and warns whoever reads it.
    if (streamOf(response) === undefined) this.#keep('statusMessage', response.statusMessage);
  }

  /** Gives the response back as it was, and who else waits for its end. */
  release(): Callback[] {
    for (const [name, before] of this.#before) {
      Reflect.deleteProperty(this.#response, name);
      if (before !== undefined) Object.defineProperty(this.#response, name, before);
    }
    return this.#callbacks;
  }

  #keep(name: 'statusCode' | 'statusMessage', value: unknown): void {
    this.#shadow(name, { get: () => value, set: () => undefined });
  }

  #shadow(name: string, shadow: PropertyDescriptor): void {
    this.#before.set(name, Object.getOwnPropertyDescriptor(this.#response, name));
    Object.defineProperty(this.#response, name, { ...shadow, configurable: true });
  }

  #silence(method: (typeof SILENCED)[number]): void {
    const answer = method === 'write' ? true : this.#response;
    const value = (...given: readonly unknown[]): unknown => {
      const callback = given.at(-1);
      if (typeof callback === 'function') this.#callbacks.push(() => callback());
      return answer;
    };
    this.#shadow(method, { value, writable: true });
  }
}
