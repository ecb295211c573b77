import type { ServerResponse } from 'node:http';
import { isOver, streamOf } from './ending.ts';
import { SILENCED } from './tombstone.ts';

type Callback = () => void;

const holds = new WeakMap<object, Hold>();

const shadow = (name: 'headersSent' | 'writableEnded'): PropertyDescriptor => ({
  get(this: object): unknown {
    return holds.get(this)?.[name];
  },
  configurable: true,
});

const kept = (name: 'statusCode' | 'statusMessage'): PropertyDescriptor => ({
  get(this: object): unknown {
    return holds.get(this)?.get(name);
  },
  set(this: object, value: unknown): void {
    holds.get(this)?.set(name, value);
  },
  configurable: true,
});

type Shadows = readonly (readonly [name: string, descriptor: PropertyDescriptor])[];

/** Shared by all responses: to make them for each costs more than all the rest. */
const SHADOWS_OF_HTTP2: Shadows = [
  ['headersSent', shadow('headersSent')],
  ['writableEnded', shadow('writableEnded')],
  ['statusCode', kept('statusCode')],
];
/** HTTP/2 has no such message, and warns whoever reads it. */
const SHADOWS: Shadows = [...SHADOWS_OF_HTTP2, ['statusMessage', kept('statusMessage')]];

const METHODS = [...SILENCED, 'write'] as const;

/**
 * A response that its handler has given in full and that has to wait. Once ended it is that to everybody else: it
 * takes no more writes, and guards of time leave it alone. What is written all the same does nothing, as after the
 * answer of a guard. `headersSent` reads false as long as it waits, so that the final handler of a framework writes,
 * here, instead of destroying the connection; since that may take its time, what is written after the end does
 * nothing either. Until it is ended it is one that has begun. What somebody has sealed of a response stays as it is.
 */
export class Hold {
  readonly #response: ServerResponse;
  readonly #methods: ReadonlyMap<string, unknown>;
  readonly #begun: boolean;
  readonly #kept: Map<string, unknown>;
  readonly #ofHttp2: boolean;
  #waiting: Callback[] = [];
  #state: 'held' | 'sending' | 'sent' = 'held';
  #ended: boolean;

  /** `ended`: whether its end waits, or its last part alone. */
  constructor(response: ServerResponse, ended: boolean) {
    this.#response = response;
    this.#ended = ended;
    this.#ofHttp2 = streamOf(response) !== undefined;
    this.#begun = response.headersSent;
    this.#methods = new Map(METHODS.map((method) => [method, Reflect.get(response, method)]));
    this.#kept = new Map<string, unknown>([['statusCode', response.statusCode]]);
    if (!this.#ofHttp2) this.#kept.set('statusMessage', response.statusMessage);
    holds.set(response, this);
    for (const [name, descriptor] of this.#ofHttp2 ? SHADOWS_OF_HTTP2 : SHADOWS)
      Reflect.defineProperty(response, name, descriptor);
    this.#silence();
  }

  /** Gives the response back as it was, and who else waits for its end. */
  release(): Callback[] {
    this.#state = 'sending';
    for (const [name, method] of this.#methods) put(this.#response, name, method);
    const waiting = this.#waiting;
    this.#waiting = [];
    return waiting;
  }

  /** It has been ended. */
  close(): void {
    if (this.#ofHttp2) this.#kept.set('statusCode', this.#real('statusCode'));
    this.#state = 'sent';
    this.#silence();
  }

  /** Whether its end waits. */
  get ended(): boolean {
    return this.#ended;
  }

  get headersSent(): unknown {
    if (this.#state !== 'held') return this.#real('headersSent');
    return !this.#ended || (this.#begun && isOver(this.#response));
  }

  get writableEnded(): unknown {
    return this.#state === 'held' ? this.#ended : this.#real('writableEnded');
  }

  get(name: string): unknown {
    return this.#kept.get(name);
  }

  set(name: string, value: unknown): void {
    if (this.#state === 'sending') this.#kept.set(name, value);
  }

  #real(name: string): unknown {
    return Reflect.get(Object.getPrototypeOf(this.#response) as object, name, this.#response);
  }

  #silence(): void {
    for (const method of SILENCED) put(this.#response, method, this.#ignore);
    put(this.#response, 'end', this.end);
    put(this.#response, 'write', this.write);
  }

  /** Does nothing with what somebody writes. */
  readonly #ignore = (...given: readonly unknown[]): unknown => {
    const callback = given.at(-1);
    if (typeof callback !== 'function') return this.#response;
    if (this.#state === 'held') this.#waiting.push(() => callback());
    else process.nextTick(callback);
    return this.#response;
  };

  readonly write = (...given: readonly unknown[]): boolean => {
    this.#ignore(...given);
    return true;
  };

  readonly end = (...given: readonly unknown[]): unknown => {
    this.#ended = true;
    return this.#ignore(...given);
  };
}

/** Much faster than to define it, where somebody has not made it so that only that works. */
const put = (response: ServerResponse, name: string, value: unknown): void => {
  if (!Reflect.set(response, name, value))
    Reflect.defineProperty(response, name, { value, configurable: true, writable: true });
};
